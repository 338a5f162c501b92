// Repeated events in random order, and the receiver killed in the middle: nothing lost, nothing twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForIdle } from '../../src/cli/commands/wait';
import type { BatchDocument } from '../../src/contracts/activities/control';
import { lakeLayout } from '../../src/domain/lake-layout';
import { readStackState } from '../../src/dev/stack-state';
import { readDocument } from '../../src/lake/documents';
import type { LedgerEntry } from '../../src/lake/ledger';
import { mapConcurrent } from '../../src/lake/map-concurrent';
import { requireTableVersion } from '../../src/lake/table-files';
import { findVictim } from '../support/faults/victims';
import { startTestStack, type TestStack } from '../support/millrace';
import { tripsCsv } from '../support/small-feed';
import { applyTrips } from '../support/trips';

const PIPELINE = 'storm';
const UPLOADS = Number(process.env['MILLRACE_STORM_UPLOADS'] ?? 200);
const TRIPS_PER_FILE = 5;
/** Files that are replaced at once by a second version with one more row. */
const OVERWRITTEN = 2;
const REMOVED = 3;
const REPEATS = 2;
/** Each n-th file has no event but the store's own, which may fall into the receiver's absence. */
const UNREPEATED = 5;
/** After so many uploads the receiver is killed. */
const KILLED_AT = [Math.floor(UPLOADS / 4), Math.floor((3 * UPLOADS) / 4)];
const LANES = 8;
/** Far beyond what it takes: a busy machine is no failure. */
const WAIT_MS = 360_000;
const SEED = 20_240_101;

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
}, 240_000);
afterAll(() => stack.stop());

const keyOf = (index: number): string => `raw/${PIPELINE}/day ${index}+%20ü.csv`;

function createRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

async function upload(index: number, tripsPerDay = TRIPS_PER_FILE): Promise<void> {
  const bytes = Buffer.from(tripsCsv({ fromDay: index, days: 1, tripsPerDay }));
  await stack.session.store.put({ bucket: 'lake', key: keyOf(index) }, { kind: 'bytes', bytes });
}

/** What the store sends, once more; nobody may be there to hear it. */
async function repeatEvent(index: number): Promise<void> {
  const { ports, webhookToken } = readStackState(stack.state)!;
  const record = {
    eventSource: 'aws:s3',
    eventName: 's3:ObjectCreated:Put',
    s3: { bucket: { name: 'lake' }, object: { key: keyOf(index), versionId: null, sequencer: '1' } },
  };
  const url = `http://127.0.0.1:${ports.receiver}/hooks/s3/${webhookToken}`;
  await fetch(url, { method: 'POST', body: JSON.stringify({ Records: [record] }) }).catch(() => undefined);
}

/** SIGKILL; the supervisor starts it again. */
async function killReceiver(): Promise<void> {
  const pid = await receiverPid();
  process.kill(pid, 'SIGKILL');
  while ((await receiverPid()) === pid) await sleep(50);
}

/** Of the one that runs; waited for while it is on its way back. */
async function receiverPid(): Promise<number> {
  const pid = await findVictim(stack.state, 'receiver', AbortSignal.timeout(30_000));
  if (pid === undefined) throw new Error('The receiver did not come back within 30 s.');
  return pid;
}

async function documentsUnder<T>(prefix: string): Promise<readonly T[]> {
  const keys: string[] = [];
  for await (const { key } of stack.session.store.list('lake', prefix)) keys.push(key);
  return mapConcurrent(
    keys,
    LANES,
    async (key) => (await readDocument<T>(stack.session.store, { bucket: 'lake', key })).value,
  );
}

async function landedVersions(): Promise<readonly string[]> {
  const versions: string[] = [];
  for await (const { versionId, deleted } of stack.session.store.listVersions('lake', `raw/${PIPELINE}/`))
    if (!deleted) versions.push(versionId!);
  return versions.sort();
}

test('every version of every upload is published exactly once', async () => {
  await applyTrips(stack, PIPELINE, { maxObjects: 100 });
  const random = createRandom(SEED);
  const indexes = Array.from({ length: UPLOADS }, (_, index) => index);
  let done = 0;
  await mapConcurrent(indexes, LANES, async (index) => {
    await upload(index);
    if (index < OVERWRITTEN) await upload(index, TRIPS_PER_FILE + 1);
    const { store } = stack.session;
    if (index >= UPLOADS - REMOVED) await store.remove({ bucket: 'lake', key: keyOf(index) });
    done += 1;
    if (KILLED_AT.includes(done)) await killReceiver();
  });
  const repeats = indexes
    .filter((index) => index % UNREPEATED !== 0)
    .flatMap((index) => Array.from({ length: REPEATS }, () => ({ index, at: random() })));
  repeats.sort((left, right) => left.at - right.at);
  await mapConcurrent(repeats, LANES, ({ index }) => repeatEvent(index));
  // The receiver may still be on its way back; what it missed is looked for when it is there.
  await sleep(3_000);
  const runs = await waitForIdle(stack.session, PIPELINE, WAIT_MS, () => undefined);

  const landed = await landedVersions();
  expect(landed).toHaveLength(UPLOADS + OVERWRITTEN);
  const ledger = await documentsUnder<LedgerEntry>(lakeLayout.ledgerPrefix(PIPELINE));
  expect(ledger.map(({ object }) => object.versionId).sort()).toEqual(landed);
  expect(new Set(ledger.map(({ verdict }) => verdict))).toEqual(new Set(['accepted']));

  const completed = runs.map(({ status, summary }) =>
    status === 'completed' ? summary?.batchDigest : 'failed',
  );
  const batches = await mapConcurrent(completed, LANES, async (digest) => {
    const key = lakeLayout.batch(PIPELINE, digest ?? '');
    return (await readDocument<BatchDocument>(stack.session.store, { bucket: 'lake', key })).value.objects;
  });
  expect(
    batches
      .flat()
      .map(({ versionId }) => versionId)
      .sort(),
  ).toEqual(landed);
  expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(100);

  const removed = await documentsUnder<object>(lakeLayout.ledgerRemovedPrefix(PIPELINE));
  expect(removed).toHaveLength(REMOVED);
  const { rows } = await requireTableVersion(stack.session.store, 'lake', PIPELINE, 'clean');
  expect(rows).toBe(UPLOADS * TRIPS_PER_FILE + OVERWRITTEN);
}, 480_000);
