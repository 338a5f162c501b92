import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPlanLibrary } from '../../src/lake/plans';
import { releaseReplay } from '../../src/lake/replays';
import { exportRows } from '../../src/workers/quarantine/export-rows';
import { LAKE } from './data-fixture';
import { TRIPS_PLAN } from './data-trips';
import { openReplayScene, withLineD, type ReplayScene } from './replay-scene';

const HEADER = 'id,line,started,minutes,day,express,booked';
const row = (id: number, line: string, minutes = '5'): string =>
  `${id},${line},2024-01-01T00:00:00Z,${minutes},1,true,01.01.2024`;
const csv = (...rows: readonly string[]): string => `${[HEADER, ...rows].join('\n')}\n`;

const FIXED = withLineD(TRIPS_PLAN);

let scene: ReplayScene;
beforeEach(async () => {
  scene = await openReplayScene();
});
afterEach(() => scene.lake.close());

const deliver: ReplayScene['deliver'] = (...call) => scene.deliver(...call);
const claim: ReplayScene['claim'] = (...call) => scene.claim(...call);
const replay: ReplayScene['replay'] = (...call) => scene.replay(...call);
const standings: ReplayScene['standings'] = () => scene.standings();

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
  expect(await scene.table()).toMatchObject([{ id: 1 }, { id: 2, line: 'D' }, { id: 3 }]);
  expect(await standings()).toEqual({
    [first.batch]: { accepted: 1, returned: 1 },
    [again.batch]: { open: 1 },
  });
  const open = (await scene.rows()).find(({ standing }) => standing === 'open');
  expect(open).toMatchObject({ batch: again.batch, firstBatch: first.batch, line: 5, raw: row(4, 'E') });
  expect(open?.sourceUri).toBe('s3://lake/raw/trips/a.csv');
});

test('of two replays at the same time one gets the rows, or both are the same', async () => {
  await deliver(TRIPS_PLAN, { 'a.csv': csv(row(1, 'A'), row(2, 'D')) });
  const claims = await Promise.all([claim(), claim(), claim()]);
  const digests = new Set(claims.flatMap((record) => (record ? [record.batchDigest] : [])));
  expect(digests.size).toBe(1);
  await createPlanLibrary(scene.lake.store, LAKE).apply(FIXED);
  const wishes = await Promise.all([
    replay(FIXED, claims.find(Boolean)),
    replay(FIXED, claims.find(Boolean)),
  ]);
  expect(wishes.map(({ result }) => result.acceptedRows)).toEqual([1, 1]);
  expect(await scene.table()).toHaveLength(2);
});

test('a replay that cannot finish is released: its rows are open again, and its own run never starts again', async () => {
  const first = await deliver(TRIPS_PLAN, { 'a.csv': csv(row(1, 'A'), row(2, 'D')) });
  const stuck = (await claim())!;
  const place = { store: scene.lake.store, lakeBucket: LAKE, pipeline: 'trips' };
  const who = { run: 'run/trips/stuck', planDigest: 'p', released: { by: 'ada', reason: 'object is gone' } };
  expect(await releaseReplay(place, stuck, who)).toBe(true);
  expect(await standings()).toMatchObject({ [first.batch]: { open: 1 } });
  await expect(replay(FIXED, stuck)).rejects.toMatchObject({ code: 'InvalidInput' });
  const record = await claim();
  expect(record?.batchDigest).not.toBe(stuck.batchDigest);
  await replay(FIXED, record);
  expect(await standings()).toMatchObject({ [first.batch]: { accepted: 1 } });
  expect(await releaseReplay(place, record!, who)).toBe(false);
});

test('a replay that an attempt was killed in is finished by the next one with the same bytes', async () => {
  await deliver(TRIPS_PLAN, { 'a.csv': csv(row(1, 'A'), row(2, 'D')) });
  const record = await claim();
  await replay(FIXED, record);
  const files = await scene.lake.tableFiles(TRIPS_PLAN, 'clean');
  await replay(FIXED, record);
  expect(await scene.lake.tableFiles(TRIPS_PLAN, 'clean')).toEqual(files);
});

test('a batch that was rejected whole comes back whole, its good rows too', async () => {
  const first = await deliver(TRIPS_PLAN, {
    'a.csv': csv(row(1, 'A'), row(2, 'D'), row(3, 'D'), row(4, 'E')),
  });
  expect(first.result.verdict).toBe('rejected');
  expect(await standings()).toEqual({ [first.batch]: 'open' });
  const again = await replay(FIXED, await claim());
  expect(again.result).toMatchObject({ verdict: 'accepted', rows: 4, acceptedRows: 3 });
  expect(await scene.table()).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(await standings()).toEqual({ [first.batch]: 'accepted', [again.batch]: { open: 1 } });
});

test('a replay that is rejected whole changes nothing: what it had is open again', async () => {
  const first = await deliver(TRIPS_PLAN, { 'a.csv': csv(row(1, 'D'), row(2, 'D'), row(3, 'A')) });
  const again = await replay(TRIPS_PLAN, await claim());
  expect(again.result.verdict).toBe('rejected');
  expect(await standings()).toEqual({ [first.batch]: 'open', [again.batch]: 'repeated' });
  const third = await replay(FIXED, await claim());
  expect(third.batch).not.toBe(again.batch);
  expect(await scene.table()).toHaveLength(3);
});

test('a row that an equal one of its file replaced stays out when it is replayed', async () => {
  const unique = { name: 'unique(id)', kind: 'unique', columns: ['id'], onFail: 'quarantine' } as const;
  const plan = { ...TRIPS_PLAN, expectations: [unique] };
  const first = await deliver(plan, { 'a.csv': csv(row(1, 'A', '10'), row(1, 'A', '20'), row(2, 'A')) });
  expect(await standings()).toEqual({ [first.batch]: { open: 1 } });
  const again = await replay(plan, await claim());
  expect(again.result).toMatchObject({ verdict: 'accepted', acceptedRows: 0, quarantinedRows: 1 });
  expect(await scene.table()).toMatchObject([{ id: 1, minutes: 20 }, { id: 2 }]);
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
  const target = { file: join(scene.lake.scratch, 'out.ndjson'), format: 'ndjson' } as const;
  expect(await exportRows(scene.quarantine(), { batch: '' }, target, () => undefined)).toBe(2);
  expect(await readFile(target.file, 'utf8')).toContain(`"raw":"${row(2, 'bad')}"`);

  const again = await replay(
    TRIPS_PLAN,
    await claim({ batch: first.batch, correction: await scene.put(csv(row(2, 'B'), row(3, 'worse'))) }),
  );
  expect(again.result).toMatchObject({ verdict: 'accepted', rows: 2, acceptedRows: 1, quarantinedRows: 1 });
  expect(await scene.table()).toMatchObject([{ id: 1 }, { id: 2, line: 'B' }, { id: 4 }]);
  expect(await standings()).toEqual({ [first.batch]: { accepted: 2 }, [again.batch]: { open: 1 } });

  const broken = await deliver(TRIPS_PLAN, { 'b.csv': 'no header\n' });
  expect(broken.result.verdict).toBe('rejected');
  const repaired = await claim({ batch: broken.batch, correction: await scene.put(csv(row(9, 'A'))) });
  expect((await replay(TRIPS_PLAN, repaired)).result).toMatchObject({ verdict: 'accepted', acceptedRows: 1 });
  expect(await standings()).toMatchObject({ [broken.batch]: 'accepted' });
});
