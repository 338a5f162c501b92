// Groups of partitions as activities of their own: the same tables as by one activity, whoever does them and however
// far attempts came.
import { setTimeout as sleep } from 'node:timers/promises';
import { createPartitionsActivity } from '../../src/activities/transform-partitions';
import { createTransformActivity } from '../../src/activities/transform';
import { createSharedFiles } from '../../src/activities/shared-files';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import { parseS3Uri } from '../../src/domain/s3-uri';
import type { TransformInput, TransformWork } from '../../src/contracts/activities/stages';
import type { PipelinePlan } from '../../src/domain/plan';
import type { ObjectStore } from '../../src/ports/object-store';
import { transformToEnd, type SplitTransform } from '../support/transform-to-end';
import { openLake, type Lake } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripsCsv, type Trip } from './data-trips';

// Short windows: groups of features are at least twice as long.
const PLAN: PipelinePlan = { ...TRIPS_PLAN, windows: TRIPS_PLAN.windows.filter(({ days }) => days <= 5) };
const SPLIT = { splitBytes: 4_000, parallel: 3 };
const FIRST = makeTrips('2024-01-01', 40, 20);
/** Corrections of some of them, and rows of new days. */
const SECOND = [
  ...FIRST.filter((_trip, index) => index % 7 === 0).map((trip) => ({ ...trip, minutes: 99 })),
  ...makeTrips('2024-02-05', 20, 20, 2).map((trip) => ({ ...trip, id: trip.id + 10_000 })),
];

const opened: Lake[] = [];
afterEach(async () => {
  for (const lake of opened.splice(0)) await lake.close();
});

async function lakeOf(...args: Parameters<typeof openLake>): Promise<Lake> {
  const lake = await openLake(...args);
  opened.push(lake);
  return lake;
}

async function accept(lake: Lake, trips: readonly Trip[]): Promise<TransformInput> {
  const batch = await lake.land(PLAN, [tripsCsv(trips)]);
  const { accepted } = await lake.validate(batch);
  return { run: batch.run, accepted: accepted! };
}

async function play(lake: Lake, trips: readonly Trip[], options: SplitTransform = {}) {
  return transformToEnd(lake.deps, await accept(lake, trips), options);
}

const filesOf = async (lake: Lake) => ({
  clean: await lake.tableFiles(PLAN, 'clean'),
  features: await lake.tableFiles(PLAN, 'features'),
});

/** Names every put of a data file. */
function watchPuts(store: ObjectStore, puts: string[]): ObjectStore {
  return {
    ...store,
    createIfAbsent: (location, body) => {
      if (location.key.endsWith('.parquet') && location.key.startsWith('tables/')) puts.push(location.key);
      return store.createIfAbsent(location, body);
    },
  };
}

async function workList(lake: Lake, input: TransformInput): Promise<TransformWork> {
  const answer = await createTransformActivity(lake.deps)(input);
  if (!('work' in answer)) throw new Error('Nothing was split');
  return answer;
}

test.each([
  { parallel: 1, workers: 1 },
  { parallel: 3, workers: 1 },
  { parallel: 1, workers: 2 },
  { parallel: 3, workers: 2 },
])('$parallel groups at a time on $workers workers give the tables of one activity', async (how) => {
  const together = await lakeOf();
  const apart = await lakeOf(undefined, { split: { ...SPLIT, parallel: how.parallel } });
  const second = await lakeOf(apart.store, { engineOptions: { memoryLimitMegabytes: 128, threads: 1 } });
  const workers = [apart.deps, second.deps].slice(0, how.workers);
  for (const trips of [FIRST, SECOND]) {
    const work: TransformWork[] = [];
    const expected = await play(together, trips);
    const got = await play(apart, trips, { workers, onWork: (answer) => void work.push(answer) });
    expect(got).toEqual({ ...expected, digest: got.digest });
    expect(await filesOf(apart)).toEqual(await filesOf(together));
    expect(work.map(({ table }) => table)).toEqual(['clean', 'features']);
    for (const { groups } of work) expect(groups).toBeGreaterThan(2);
  }
  expect(second.progress.length > 0).toBe(how.workers === 2);
});

test('the groups of a batch that one process works on share one copy of the accepted rows', async () => {
  let opens = 0;
  const inner = createMemoryObjectStore();
  const store: ObjectStore = {
    ...inner,
    open: (location) => {
      if (location.key.endsWith('accepted.parquet')) opens += 1;
      return inner.open(location);
    },
  };
  const lake = await lakeOf(store, { split: SPLIT });
  const input = await accept(lake, FIRST);
  const { work, groups } = await workList(lake, input);
  opens = 0;
  const shared = createSharedFiles(lake.scratch);
  const partitions = createPartitionsActivity({ ...lake.deps, shared, lastHeartbeat: () => undefined });
  for (let group = 0; group < groups; group += 2)
    await Promise.all([group, group + 1].map((each) => partitions({ ...input, work, group: each })));
  expect(opens).toBe(1);
});

test('the stage is done once: later calls find its result, other runs its groups', async () => {
  const lake = await lakeOf(undefined, { split: SPLIT });
  const input = await accept(lake, FIRST);
  const work = await workList(lake, input);
  expect(await workList(lake, { ...input, run: { ...input.run, workflowId: 'another' } })).toEqual(work);
  const partitions = createPartitionsActivity({ ...lake.deps, lastHeartbeat: () => undefined });
  const first = await partitions({ ...input, work: work.work, group: 0 });
  expect(first).toMatchObject({ resumed: 0 });
  expect(await partitions({ ...input, work: work.work, group: 0 })).toEqual({
    ...first,
    resumed: first.partitions,
  });
  const done = await transformToEnd(lake.deps, input);
  expect(await transformToEnd(lake.deps, input)).toEqual({ ...done, reused: true });
});

test.each(['before', 'after'])(
  'a commit by another batch between planning and commit, %s the groups are done, costs the partitions that it touched, and no others',
  async (when) => {
    const store = createMemoryObjectStore();
    const puts: string[] = [];
    const apart = await lakeOf(watchPuts(store, puts), { split: SPLIT });
    const other = await lakeOf(store);
    await play(other, FIRST);
    const touched = 'year=2024/month=01/day=12';
    const between = makeTrips('2024-01-12', 1, 20, 3).map((trip) => ({ ...trip, id: trip.id + 20_000 }));
    const tables: string[] = [];
    let done: string[] = [];
    const input = await accept(apart, SECOND);
    const got = await transformToEnd(apart.deps, input, {
      onWork: async ({ table, work, groups }) => {
        if (tables.push(table) > 1) return;
        for (let group = 0; when === 'after' && group < groups; group += 1)
          await doGroup(apart, input, work, group);
        done = puts.splice(0);
        await play(other, between);
      },
    });
    const made = puts.filter((key) => key.includes('/clean/'));
    expect(tables).toEqual(['clean', 'features']);
    expect(made.filter((key) => key.includes(touched))).toHaveLength(1);
    expect(new Set([...done, ...made]).size).toBe(done.length + made.length);
    if (when === 'after') expect(made).toHaveLength(1);
    expect(got.clean.version).toBe(2);

    const alone = await lakeOf();
    for (const trips of [FIRST, between, SECOND]) await play(alone, trips);
    expect(await filesOf(apart)).toEqual(await filesOf(alone));
  },
);

test('files that are gone are made again before the commit, and so old ones that a vacuum may take them are put again', async () => {
  let nowMs = Date.now() - 13 * 60 * 60 * 1000;
  const store = createMemoryObjectStore({ nowMs: () => nowMs });
  const lake = await lakeOf(store, { split: SPLIT });
  const alone = await lakeOf();
  await play(alone, FIRST);
  const input = await accept(lake, FIRST);
  const answer = await workList(lake, input);
  for (let group = 0; group < answer.groups; group += 1) await doGroup(lake, input, answer.work, group);
  for (const path of Object.keys((await filesOf(alone)).clean).slice(3, 5))
    await lake.store.remove({ bucket: 'lake', key: `tables/trips/clean/${path}` });
  nowMs = Date.now();
  await transformToEnd(lake.deps, input);
  expect(await filesOf(lake)).toEqual(await filesOf(alone));
  for (const path of Object.keys((await filesOf(lake)).clean)) {
    const head = await store.head({ bucket: 'lake', key: `tables/trips/clean/${path}` });
    expect(Date.parse(head.lastModified)).toBe(nowMs);
  }
});

test('a list that lies there from long ago is put again, so that no vacuum takes it while its groups are made', async () => {
  let nowMs = Date.now() - 13 * 60 * 60 * 1000;
  const store = createMemoryObjectStore({ nowMs: () => nowMs });
  const lake = await lakeOf(store, { split: SPLIT });
  const input = await accept(lake, FIRST);
  const { work } = await workList(lake, input);
  nowMs = Date.now();
  expect((await workList(lake, input)).work).toEqual(work);
  expect(Date.parse((await store.head(parseS3Uri(work.uri))).lastModified)).toBe(nowMs);
});

test('an attempt goes on after the periods that the one before it finished, unless their files are gone', async () => {
  const puts: string[] = [];
  const inner = createMemoryObjectStore();
  let [room, beats]: [number, unknown[]] = [6, []];
  const store = watchPuts(
    {
      ...inner,
      createIfAbsent: async (location, body) => {
        if (location.key.startsWith('tables/') && (room -= 1) < 0) throw new Error('died');
        // Longer than between two saves of the progress.
        if (room === 1) await sleep(1_100);
        return inner.createIfAbsent(location, body);
      },
    },
    puts,
  );
  const progress = (details: unknown): void => void beats.push(details);
  const lake = await lakeOf(store, { progress, split: { splitBytes: 18_000, parallel: 1 } });
  const input = await accept(lake, FIRST);
  const { work } = await workList(lake, input);
  const attempt = (lastHeartbeat: unknown) =>
    createPartitionsActivity({ ...lake.deps, lastHeartbeat: () => lastHeartbeat })({
      ...input,
      work,
      group: 0,
    });
  await expect(attempt(undefined)).rejects.toThrow('died');
  const last = beats.at(-1);
  expect(JSON.stringify(last).length).toBeLessThan(400);

  room = Infinity;
  beats = [];
  const finished = puts.splice(0).slice(0, 6);
  await inner.remove({ bucket: 'lake', key: finished[0]! });
  const going = attempt(last);
  // At once: the next heartbeat must not wipe it.
  expect(beats).toEqual([expect.objectContaining({ resume: (last as { resume: string }).resume })]);
  const { resumed, partitions } = await going;
  expect(resumed).toBeGreaterThan(0);
  // What was finished after the last save is put again, and so is what was lost.
  expect(puts).toContain(finished[0]);
  expect(puts).toHaveLength(partitions - resumed);
  await transformToEnd(lake.deps, input);
  const alone = await lakeOf();
  await play(alone, FIRST);
  expect(await filesOf(lake)).toEqual(await filesOf(alone));
});

async function doGroup(lake: Lake, input: TransformInput, work: TransformWork['work'], group: number) {
  const partitions = createPartitionsActivity({ ...lake.deps, lastHeartbeat: () => undefined });
  return partitions({ ...input, work, group });
}
