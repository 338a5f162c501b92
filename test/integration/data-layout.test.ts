// Tables that lie by month or year: the same rows as by day, whatever was sent when, in fewer files.
import { createCompactActivity } from '../../src/activities/tables/compact-table';
import type { PartitionUnit } from '../../src/domain/period';
import type { PipelinePlan } from '../../src/domain/plan';
import { openLake, type Lake, type Row } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripsCsv, type Trip } from './data-trips';
import { halveFile } from './halve-file';

const by = (partitionBy: PartitionUnit): PipelinePlan => ({ ...TRIPS_PLAN, layout: { partitionBy } });
const folders = (files: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(files)
    .map((path) => path.replace(/\/part-.*/, ''))
    .sort();

describe('tables partitioned by month and year', () => {
  let lake: Lake;
  beforeEach(async () => {
    lake = await openLake();
  });
  afterEach(() => lake.close());

  const trips = [...makeTrips('2023-12-20', 60, 12)].sort((left, right) =>
    left.started < right.started ? -1 : 1,
  );
  const process = (rows: readonly Trip[], plan: PipelinePlan, target = lake) =>
    target.process(plan, [tripsCsv(rows)]);
  const rowsOf = async (plan: PipelinePlan, table: 'clean' | 'features', target: Lake) => {
    const rows = await target.tableRows(plan, table, '*');
    return rows.map((row: Row) => JSON.stringify(row)).sort();
  };

  it.each([
    ['month', ['year=2023/month=12', 'year=2024/month=01', 'year=2024/month=02']],
    ['year', ['year=2023', 'year=2024']],
  ] as const)('have one file per %s and the rows that tables by day have', async (unit, expected) => {
    const plan = by(unit);
    await process(trips, plan);
    const daily = await openLake();
    await process(trips, TRIPS_PLAN, daily);
    for (const table of ['clean', 'features'] as const) {
      expect(folders(await lake.tableFiles(plan, table))).toEqual(expected);
      expect(await rowsOf(plan, table, lake)).toEqual(await rowsOf(TRIPS_PLAN, table, daily));
    }
    await daily.close();
  });

  it('come to the same bytes in many batches as in one', async () => {
    const plan = by('month');
    await process(trips, plan);
    const increments = await openLake();
    for (const [from, to] of [
      [300, 560],
      [0, 130],
      [560, 720],
      [130, 300],
    ] as const) {
      await process(trips.slice(from, to), plan, increments);
    }
    for (const table of ['clean', 'features'] as const) {
      expect(await increments.tableFiles(plan, table)).toEqual(await lake.tableFiles(plan, table));
    }
    await increments.close();
  });

  it('are rewritten only where a batch touches them and as far as its windows reach', async () => {
    const plan = { ...by('month'), windows: TRIPS_PLAN.windows.filter(({ days }) => days <= 5) };
    await process(makeTrips('2024-01-01', 121, 4), plan);
    const before = await lake.tableFiles(plan, 'features');
    await process([{ ...makeTrips('2024-01-28', 1, 1, 9)[0]!, id: 9_999 }], plan);
    const after = await lake.tableFiles(plan, 'features');
    const changed = Object.keys(after).filter((path) => !(path in before));
    expect(
      changed.map((path) => path.replace(/\/part-.*/, '')).every((name) => name <= 'year=2024/month=02'),
    ).toBe(true);
    expect(folders(Object.fromEntries(changed.map((path) => [path, ''])))).toContain('year=2024/month=01');
  });

  it('keep the order of their rows when small files are merged', async () => {
    const plan = { ...by('month'), key: ['id', 'started'] };
    const compact = createCompactActivity({
      ...lake.deps,
      plans: { ...lake.deps.plans, currentDigest: async () => (await lake.deps.plans.apply(plan)).digest },
    });
    await process(trips, plan);
    const whole = await lake.tableFiles(plan, 'clean');
    await halveFile(lake, 'tables/trips/clean', Object.keys(whole)[0]!);
    const input = { pipeline: plan.pipeline, table: 'clean', nowMs: 1 } as const;
    expect(await compact(input)).toMatchObject({ filesBefore: 4, filesAfter: 3 });
    expect(await lake.tableFiles(plan, 'clean')).toEqual(whole);
  });

  it('refuse another unit than they began with, before any work, and say how to go on', async () => {
    await process(trips, TRIPS_PLAN);
    await expect(process(trips.slice(0, 5), by('month'))).rejects.toMatchObject({
      code: 'SchemaConflict',
      message: expect.stringMatching(
        /expected year\/month\/day, got year\/month; set layout\.partitionBy back/,
      ) as string,
    });
  });
});
