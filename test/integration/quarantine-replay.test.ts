// Rejected rows on their way back: the real stages, engine and log of replays, without the workflow around them.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createControlActivities } from '../../src/activities/control';
import { createIngestActivity } from '../../src/activities/ingest';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import type { PipelinePlan } from '../../src/domain/plan';
import type { ValidateResult } from '../../src/domain/stage';
import { digestOf } from '../../src/lake/digest';
import { createLedger } from '../../src/lake/ledger';
import { createPlanLibrary } from '../../src/lake/plans';
import type { ReplayRecord } from '../../src/lake/replays';
import { exportRows } from '../../src/workers/quarantine/export-rows';
import { listQuarantine } from '../../src/workers/quarantine/list-quarantine';
import { quarantinedRows, type QuarantinedRow } from '../../src/workers/quarantine/quarantined-rows';
import { claimNextReplay, type ReplayWish } from '../../src/workers/quarantine/replay-rows';
import { LAKE, openLake, type Lake } from './data-fixture';
import { TRIPS_PLAN } from './data-trips';

const HEADER = 'id,line,started,minutes,day,express,booked';
const row = (id: number, line: string, minutes = '5'): string =>
  `${id},${line},2024-01-01T00:00:00Z,${minutes},1,true,01.01.2024`;
const csv = (...rows: readonly string[]): string => `${[HEADER, ...rows].join('\n')}\n`;

/** The contract after its fix: line D is known. */
const FIXED: PipelinePlan = {
  ...TRIPS_PLAN,
  expectations: TRIPS_PLAN.expectations.map((item) =>
    item.kind === 'in_set' ? { ...item, values: [...item.values, 'D'] } : item,
  ),
};

let lake: Lake;
let clockMs: number;
beforeEach(async () => {
  clockMs = Date.UTC(2024, 0, 2);
  lake = await openLake(createMemoryObjectStore({ nowMs: () => (clockMs += 1_000) }));
});
afterEach(() => lake.close());

interface Ran {
  readonly batch: string;
  readonly result: ValidateResult;
}

const controlOf = (): ReturnType<typeof createControlActivities> =>
  createControlActivities({
    store: lake.store,
    lakeBucket: LAKE,
    plans: createPlanLibrary(lake.store, LAKE),
    ledger: createLedger(lake.store, LAKE),
  });

/** The same plan may be applied by two runs at once. */
async function applied(plan: PipelinePlan): Promise<string> {
  const digest = digestOf(plan);
  const plans = createPlanLibrary(lake.store, LAKE);
  if ((await plans.currentDigest(plan.pipeline)) !== digest) await plans.apply(plan);
  return digest;
}

/** One run's way from a batch document to the table. */
async function runBatch(plan: PipelinePlan, batch: { digest: string; uri: string }): Promise<Ran> {
  const planDigest = await applied(plan);
  const run = { pipeline: plan.pipeline, planDigest, batchDigest: batch.digest };
  const ledger = createLedger(lake.store, LAKE);
  const { manifest } = await createIngestActivity({ ...lake.deps, ledger })({ run, batchUri: batch.uri });
  const result = await lake.validate({ run, manifest });
  if (result.accepted) await lake.transform({ run, manifest }, result.accepted);
  const { verdict, rows, quarantinedRows, quarantine } = result;
  const validated = { rows, quarantinedRows, ...(quarantine ? { quarantine } : {}) };
  await controlOf().recordBatch({ run, manifest, verdict, validated });
  return { batch: batch.digest, result };
}

async function deliver(plan: PipelinePlan, files: Readonly<Record<string, string>>): Promise<Ran> {
  for (const [name, text] of Object.entries(files)) {
    const location = { bucket: LAKE, key: `raw/trips/${name}` };
    await lake.store.put(location, { kind: 'bytes', bytes: Buffer.from(text) });
  }
  await createPlanLibrary(lake.store, LAKE).apply(plan);
  const { batch } = await controlOf().openRun({ pipeline: plan.pipeline });
  return runBatch(plan, batch!);
}

const quarantine = (): Parameters<typeof listQuarantine>[0] => ({
  settings: { engine: { memoryLimitMegabytes: 256, threads: 2 }, lakeBucket: LAKE },
  store: lake.store,
  pipeline: 'trips',
});
const claim = async (wish: Partial<ReplayWish> = {}): Promise<ReplayRecord | undefined> => {
  const whole = { batch: '', includeSuperseded: false, maxBytes: 1e9, ...wish };
  return (await claimNextReplay(quarantine(), whole, false))?.record;
};
const replay = async (plan: PipelinePlan, record: ReplayRecord | undefined): Promise<Ran> =>
  runBatch(plan, { digest: record!.batchDigest, uri: record!.batchUri });
const standings = async (): Promise<unknown> =>
  Object.fromEntries(
    (await listQuarantine(quarantine(), () => undefined)).map((item) => [
      item.batch,
      item.standing ?? item.standings,
    ]),
  );
const rows = async (): Promise<readonly QuarantinedRow[]> => {
  const found: QuarantinedRow[] = [];
  for await (const item of quarantinedRows(quarantine(), { batch: '' })) found.push(item);
  return found;
};
const table = async (): Promise<readonly unknown[]> =>
  (await lake.tableRows(TRIPS_PLAN, 'clean', 'id, line, minutes')).toSorted(
    (left, right) => Number(left['id']) - Number(right['id']),
  );

test('after a fix of the contract the rows that pass come in once, the others stand open again with their origin', async () => {
  const first = await deliver(TRIPS_PLAN, {
    'a.csv': csv(row(1, 'A'), row(2, 'D'), row(3, 'A'), row(4, 'E')),
  });
  expect(await standings()).toEqual({ [first.batch]: { open: 2 } });
  const record = await claim();
  expect(await standings()).toEqual({ [first.batch]: { replaying: 2 } });
  expect(await claim()).toBeUndefined();

  const again = await replay(FIXED, record);
  expect(again.result).toMatchObject({ verdict: 'accepted', rows: 2, acceptedRows: 1, quarantinedRows: 1 });
  expect(await table()).toMatchObject([{ id: 1 }, { id: 2, line: 'D' }, { id: 3 }]);
  expect(await standings()).toEqual({
    [first.batch]: { accepted: 1, returned: 1 },
    [again.batch]: { open: 1 },
  });
  const open = (await rows()).find(({ standing }) => standing === 'open');
  expect(open).toMatchObject({ batch: again.batch, firstBatch: first.batch, line: 5, raw: row(4, 'E') });
  expect(open?.sourceUri).toBe('s3://lake/raw/trips/a.csv');
});

test('of two replays at the same time one gets the rows, or both are the same', async () => {
  await deliver(TRIPS_PLAN, { 'a.csv': csv(row(1, 'A'), row(2, 'D')) });
  const claims = await Promise.all([claim(), claim(), claim()]);
  const digests = new Set(claims.flatMap((record) => (record ? [record.batchDigest] : [])));
  expect(digests.size).toBe(1);
  await createPlanLibrary(lake.store, LAKE).apply(FIXED);
  const wishes = await Promise.all([
    replay(FIXED, claims.find(Boolean)),
    replay(FIXED, claims.find(Boolean)),
  ]);
  expect(wishes.map(({ result }) => result.acceptedRows)).toEqual([1, 1]);
  expect(await table()).toHaveLength(2);
});

test('a replay that an attempt was killed in is finished by the next one with the same bytes', async () => {
  await deliver(TRIPS_PLAN, { 'a.csv': csv(row(1, 'A'), row(2, 'D')) });
  const record = await claim();
  await replay(FIXED, record);
  const files = await lake.tableFiles(TRIPS_PLAN, 'clean');
  await replay(FIXED, record);
  expect(await lake.tableFiles(TRIPS_PLAN, 'clean')).toEqual(files);
});

test('a batch that was rejected whole comes back whole, its good rows too', async () => {
  const first = await deliver(TRIPS_PLAN, {
    'a.csv': csv(row(1, 'A'), row(2, 'D'), row(3, 'D'), row(4, 'E')),
  });
  expect(first.result.verdict).toBe('rejected');
  expect(await standings()).toEqual({ [first.batch]: 'open' });
  const again = await replay(FIXED, await claim());
  expect(again.result).toMatchObject({ verdict: 'accepted', rows: 4, acceptedRows: 3 });
  expect(await table()).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(await standings()).toEqual({ [first.batch]: 'accepted', [again.batch]: { open: 1 } });
});

test('a replay that is rejected whole changes nothing: what it had is open again', async () => {
  const first = await deliver(TRIPS_PLAN, { 'a.csv': csv(row(1, 'D'), row(2, 'D'), row(3, 'A')) });
  const again = await replay(TRIPS_PLAN, await claim());
  expect(again.result.verdict).toBe('rejected');
  expect(await standings()).toEqual({ [first.batch]: 'open', [again.batch]: 'repeated' });
  const third = await replay(FIXED, await claim());
  expect(third.batch).not.toBe(again.batch);
  expect(await table()).toHaveLength(3);
});

test('a row that an equal one of its file replaced stays out when it is replayed', async () => {
  const unique = { name: 'unique(id)', kind: 'unique', columns: ['id'], onFail: 'quarantine' } as const;
  const plan = { ...TRIPS_PLAN, expectations: [unique] };
  const first = await deliver(plan, { 'a.csv': csv(row(1, 'A', '10'), row(1, 'A', '20'), row(2, 'A')) });
  expect(await standings()).toEqual({ [first.batch]: { open: 1 } });
  const again = await replay(plan, await claim());
  expect(again.result).toMatchObject({ verdict: 'accepted', acceptedRows: 0, quarantinedRows: 1 });
  expect(await table()).toMatchObject([{ id: 1, minutes: 20 }, { id: 2 }]);
});

test('rows of a file that a newer version replaced are left alone unless they are asked for', async () => {
  const first = await deliver(TRIPS_PLAN, { 'a.csv': csv(row(1, 'A'), row(2, 'D')) });
  await deliver(TRIPS_PLAN, { 'a.csv': csv(row(1, 'A'), row(2, 'B')) });
  expect(await standings()).toEqual({ [first.batch]: { superseded: 1 } });
  expect(await claim()).toBeUndefined();
  expect(await claim({ includeSuperseded: true })).toBeDefined();
});

test('a corrected file takes the place of the rows that are out, and of a batch that was rejected', async () => {
  const first = await deliver(TRIPS_PLAN, {
    'a.csv': csv(row(1, 'A'), row(2, 'bad'), row(3, 'bad'), row(4, 'A')),
  });
  const target = { file: join(lake.scratch, 'out.ndjson'), format: 'ndjson' } as const;
  expect(await exportRows(quarantine(), { batch: '' }, target, () => undefined)).toBe(2);
  expect(await readFile(target.file, 'utf8')).toContain(`"raw":"${row(2, 'bad')}"`);

  const again = await replay(
    TRIPS_PLAN,
    await claim({ batch: first.batch, correction: await put(csv(row(2, 'B'), row(3, 'worse'))) }),
  );
  expect(again.result).toMatchObject({ verdict: 'accepted', rows: 2, acceptedRows: 1, quarantinedRows: 1 });
  expect(await table()).toMatchObject([{ id: 1 }, { id: 2, line: 'B' }, { id: 4 }]);
  expect(await standings()).toEqual({ [first.batch]: { accepted: 2 }, [again.batch]: { open: 1 } });

  const broken = await deliver(TRIPS_PLAN, { 'b.csv': 'no header\n' });
  expect(broken.result.verdict).toBe('rejected');
  const repaired = await claim({ batch: broken.batch, correction: await put(csv(row(9, 'A'))) });
  expect((await replay(TRIPS_PLAN, repaired)).result).toMatchObject({ verdict: 'accepted', acceptedRows: 1 });
  expect(await standings()).toMatchObject({ [broken.batch]: 'accepted' });
});

async function put(text: string): Promise<NonNullable<ReplayWish['correction']>> {
  const location = { bucket: LAKE, key: `runs/trips/replays/corrections/${text.length}/fixed.csv` };
  const { versionId, etag, bytes, lastModified } = await lake.store.put(location, {
    kind: 'bytes',
    bytes: Buffer.from(text),
  });
  return { ...location, ...(versionId ? { versionId } : {}), etag, bytes, lastModified };
}
