// Files of several row groups: DuckDB cuts them by where the rows lie in its table, which must not show.
import type { PipelinePlan } from '../../src/domain/plan';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { ROW_GROUP_ROWS } from '../../src/sql/parquet';
import { publishFile } from '../../src/lake/artifacts';
import { sha256OfFile } from '../../src/lake/streams';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { acceptedSql, feedPlan } from './data-feeds';
import { LAKE, openLake, type Lake } from './data-fixture';

const PLAN: PipelinePlan = {
  ...feedPlan({ layout: { partitionBy: 'month' } }),
  windows: [{ name: 'sum_2d', over: ['line'], days: 2, aggregate: 'sum', sql: 'minutes' }],
};
/** The feed's rows have the forms that accepted rows have; these are many of them, with ids of their own. */
const accepted = (from: string, rows: number, seed: number): string => {
  const form = acceptedSql([{ id: 1, line: 'A', day: 0, hour: 0, minutes: 1, version: 1, op: 'U', lag: 0 }]);
  return `SELECT * REPLACE (i AS id, TIMESTAMP '${from}' + to_seconds(i * 7) AS happened,
      (hash(i + ${seed}) % 1000)::DOUBLE AS minutes, i AS "$line")
    FROM (${form}), range(${rows}) AS r(i)`;
};

const transform = async (lake: Lake, sqls: readonly string[]): Promise<void> => {
  const directory = await mkdtemp(path.join(lake.scratch, 'accepted-'));
  const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 256, threads: 1 });
  const { digest: planDigest } = await lake.deps.plans.apply(PLAN);
  for (const [index, sql] of sqls.entries()) {
    const file = path.join(directory, `${index}.parquet`);
    await session.execute(
      `COPY (SELECT * EXCLUDE (i) FROM (${sql}) ORDER BY hash(i)) TO '${file}' (FORMAT parquet)`,
    );
    const batchDigest = await sha256OfFile(file);
    const artifact = await publishFile(lake.store, { bucket: LAKE, key: `${batchDigest}.parquet` }, file);
    await lake.transform(
      { run: { pipeline: PLAN.pipeline, planDigest, batchDigest }, manifest: artifact },
      artifact,
    );
  }
  await session.close();
};

it('a month of several row groups has the same bytes whatever lies before it and whatever it came in', async () => {
  const [march, small] = [
    accepted('2024-03-01', 2 * ROW_GROUP_ROWS + 1_000, 1),
    accepted('2024-02-28', 777, 2),
  ];
  const [alone, together, parts] = [await openLake(), await openLake(), await openLake()];
  await transform(alone, [march]);
  await transform(together, [`${small} UNION ALL ${march}`]);
  await transform(parts, [
    `SELECT * FROM (${march}) WHERE id % 3 = 0`,
    `SELECT * FROM (${march}) WHERE id % 3 > 0`,
  ]);
  const files = async (lake: Lake) => lake.tableFiles(PLAN, 'clean');
  const [folder, ...others] = Object.keys(await files(alone));
  expect(others).toEqual([]);
  expect(Object.keys(await files(together))).toHaveLength(2);
  expect(await files(together)).toMatchObject({ [folder!]: expect.any(String) as string });
  expect(await files(parts)).toEqual(await files(alone));
  expect(await parts.tableFiles(PLAN, 'features')).toEqual(await alone.tableFiles(PLAN, 'features'));
  for (const lake of [alone, together, parts]) await lake.close();
}, 120_000);

it('a month has the same bytes whether it is put in order alone or together with small ones', async () => {
  const march = accepted('2024-03-03', 21_000, 1);
  const [alone, together] = [await openLake(), await openLake()];
  await transform(alone, [march]);
  await transform(together, [`${accepted('2024-02-01', 10, 2)} UNION ALL ${march}`]);
  for (const table of ['clean', 'features'] as const) {
    const [[path, sha256] = [], ...others] = Object.entries(await alone.tableFiles(PLAN, table));
    expect(others).toEqual([]);
    const both = await together.tableFiles(PLAN, table);
    expect(Object.keys(both)).toHaveLength(2);
    expect(both[path!]).toBe(sha256);
  }
  for (const lake of [alone, together]) await lake.close();
}, 120_000);
