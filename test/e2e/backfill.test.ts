// Old data once more, on the real stack: what was missed, what failed, and what is of another contract than today's.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { requireTableVersion } from '../../src/lake/table-files';
import type { BackfillItem } from '../../src/domain/backfill';
import { REPOSITORY, startTestStack, type Document, type TestStack } from '../support/millrace';
import { applyTrips, uploadTrips, waitForTrips } from '../support/trips';

const TODAY = new Date().toISOString().slice(0, '2013-01-31'.length);
const ALWAYS = ['--from', '2024-01-01', '--to', TODAY];

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  await applyTrips(stack, 'trips', { maxObjects: 1, reconcileMinutes: 0 });
}, 120_000);
afterAll(() => stack.stop());

const backfill = (...args: readonly string[]): Promise<Document> =>
  stack.millrace(['backfill', 'trips', ...args]);

async function planned(...args: readonly string[]): Promise<readonly BackfillItem[]> {
  return (await backfill('--dry-run', ...args))['plan'] as readonly BackfillItem[];
}

async function carryOut(...args: readonly string[]): Promise<Document> {
  await backfill('--yes', ...args);
  const { backfill: ended } = await backfill('wait');
  return ended as Document;
}

const cleanTable = async (): ReturnType<typeof requireTableVersion> => {
  const { store, settings } = stack.session;
  return requireTableVersion(store, settings.lakeBucket, 'trips', 'clean');
};

test('a file that nobody heard of is found, and merged by a run of its own', async () => {
  await uploadTrips(stack, 'trips', 'first.csv', { fromDay: 0, days: 10, tripsPerDay: 24 });
  await waitForTrips(stack, 'trips');
  // The same trips of day 9 with other values: what came later holds.
  await uploadTrips(stack, 'trips', 'second.csv', { fromDay: 9, days: 3, tripsPerDay: 24 });
  await waitForTrips(stack, 'trips');
  expect(await planned(...ALWAYS)).toEqual([]);

  await stack.millrace(['intake', 'trips', 'pause', '--reason', 'not now']);
  await uploadTrips(stack, 'trips', 'third.csv', { fromDay: 12, days: 2, tripsPerDay: 24 });
  expect(await planned(...ALWAYS, '--only', 'missing')).toMatchObject([
    { kind: 'missing', method: 'new', objects: 1 },
  ]);
  // Nothing is known of its days but that it landed today.
  expect(await planned('--from', '2024-01-01', '--to', '2024-12-31', '--only', 'missing')).toEqual([]);

  expect(await carryOut(...ALWAYS, '--only', 'missing')).toMatchObject({
    status: 'completed',
    progress: { counts: { merged: 1, failed: 0, held: 0 } },
  });
  expect((await cleanTable()).rows).toBe(14 * 24);
  const { runs } = await stack.millrace(['runs', 'trips']);
  expect((runs as readonly Document[]).slice(0, 2)).toMatchObject([
    { trigger: 'backfill', summary: { verdict: expect.stringMatching(/promoted|kept/) as string } },
    { trigger: 'backfill', summary: { verdict: 'not_trained', featuresVersion: 2 } },
  ]);

  // Its event still waits; the ledger knows better.
  await stack.millrace(['intake', 'trips', 'resume']);
  await waitForTrips(stack, 'trips');
  expect((await stack.millrace(['runs', 'trips']))['runs']).toHaveLength(
    (runs as readonly Document[]).length,
  );
}, 240_000);

test('a run that was stopped is taken up again with what it had finished; bad data are left alone', async () => {
  await uploadTrips(stack, 'trips', 'bad.csv', { fromDay: 14, days: 1, tripsPerDay: 24, badEvery: 2 });
  const [rejected] = await waitForTrips(stack, 'trips');
  expect(rejected).toMatchObject({ summary: { verdict: 'rejected' } });
  await uploadTrips(stack, 'trips', 'fourth.csv', { fromDay: 15, days: 1, tripsPerDay: 24 });
  await cancelRunning();

  const { plan, left } = await backfill('--dry-run', ...ALWAYS, '--only', 'failed');
  expect(plan).toMatchObject([{ kind: 'failed', method: 'same' }]);
  expect(left).toMatchObject([{ batch: rejected?.summary?.batchDigest }]);
  expect(await carryOut(...ALWAYS, '--only', 'failed')).toMatchObject({
    progress: { counts: { merged: 1, failed: 0 } },
  });
  expect((await cleanTable()).rows).toBe(15 * 24);
}, 240_000);

test('after a change of the contract all of it is judged anew: the same table, its history kept', async () => {
  const before = await cleanTable();
  await applyChanged();
  const plan = await planned(...ALWAYS, '--only', 'stale');
  expect(plan.map(({ kind, method, rows }) => [kind, method, rows])).toEqual(
    [240, 72, 48, 24].map((rows) => ['stale', 'again', rows]),
  );
  expect(plan[0]).toMatchObject({ days: { from: '2024-01-01', to: '2024-01-10' }, after: [] });
  expect(plan[1]).toMatchObject({ days: { from: '2024-01-10', to: '2024-01-12' }, after: [0] });
  expect(plan[0]?.because).toContain('validate.plan.expectations');

  // Only the first is in the range, but the second holds newer rows of one of its days.
  expect(
    (await planned('--from', '2024-01-02', '--to', '2024-01-03', '--only', 'stale')).map(({ kind }) => kind),
  ).toEqual(['stale', 'newer']);

  expect(await carryOut(...ALWAYS, '--only', 'stale', '--concurrency', '3')).toMatchObject({
    progress: { counts: { merged: 4, failed: 0, held: 0 } },
  });
  const after = await cleanTable();
  expect(after.contentDigest).toBe(before.contentDigest);
  // Merging the first over the second and the second over the first again are versions of their own.
  expect(after.version).toBeGreaterThanOrEqual(before.version + 2);
  expect(await stack.millrace(['tables', 'trips', '--at', '0'])).toMatchObject({
    rows: 240,
    missingFiles: 0,
  });
  expect(await planned(...ALWAYS, '--only', 'stale')).toEqual([]);
}, 240_000);

test('a rejected batch that the changed contract accepts is replayed, and its quarantine says so', async () => {
  expect(await planned(...ALWAYS)).toMatchObject([{ kind: 'failed', method: 'replay' }]);
  expect(await carryOut(...ALWAYS)).toMatchObject({ progress: { counts: { merged: 1 } } });
  expect((await cleanTable()).rows).toBe(15 * 24 + 12);
  const { batches } = await stack.millrace(['quarantine', 'list', 'trips']);
  expect((batches as readonly Document[]).map(({ standing }) => standing)).toContain('accepted');
  expect(await planned(...ALWAYS)).toEqual([]);
}, 240_000);

/** Stops the next run that is under way, wherever it is. */
async function cancelRunning(): Promise<void> {
  const client = await stack.session.runs();
  for (let tries = 0; tries < 300; tries += 1) {
    const running = (await client.list('trips')).find(({ status }) => status === 'running');
    if (running) {
      await stack.millrace(['cancel', running.workflowId]);
      for (let looks = 0; looks < 300; looks += 1) {
        if ((await client.find(running.workflowId))?.status === 'cancelled') return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('No run to cancel');
}

async function applyChanged(): Promise<void> {
  const template = await readFile(path.join(REPOSITORY, 'test/support/fixtures/trips/pipeline.yaml'), 'utf8');
  const yaml = template
    .replace('prefix: raw/trips/', 'prefix: raw/trips/\n  reconcileMinutes: 0')
    .replace('maxObjects: 10,', 'maxObjects: 1,')
    .replace('max: 500', 'max: 400')
    .replace('maxPercent: 5', 'maxPercent: 60');
  await stack.millrace(['apply', await stack.writeFile('changed.yaml', yaml)]);
}
