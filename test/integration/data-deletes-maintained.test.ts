// Deletes outlive compaction and vacuum of their own table, on a real object store.
import { createCompactActivity } from '../../src/activities/tables/compact-table';
import { createVacuumActivity } from '../../src/activities/tables/vacuum-table';
import { lakeLayout, type TableName } from '../../src/domain/lake-layout';
import type { PartitionUnit } from '../../src/domain/period';
import { startLakeServer, type LakeServer } from '../support/lake-server';
import { LAKE, openLake, type Lake } from './data-fixture';
import { feedPlan } from './data-feeds';
import { halveFile } from './halve-file';

const DAY_MS = 24 * 60 * 60 * 1000;
const BACKUP = 'backup';
const TABLES: readonly TableName[] = ['clean', 'features', 'tombstones'];
const HEADER = 'id,line,happened,minutes,version,op,known';

let server: LakeServer;
let lake: Lake;
beforeAll(async () => {
  server = await startLakeServer([LAKE, BACKUP]);
  lake = await openLake(server.store);
});
afterAll(async () => {
  await lake.close();
  await server.server.stop();
});

const row = (id: number, version: number, op: string): string =>
  `${id},A,2024-01-01T00:00:00Z,10,${version},${op},2024-01-01T00:00:00Z`;

describe.each<PartitionUnit>(['day', 'month'])('tables by %s', (partitionBy) => {
  const pipeline = `by-${partitionBy}`;
  const plan = {
    ...feedPlan({ newest: 'version', delete: { column: 'op', values: ['D'] } }),
    pipeline,
    layout: { partitionBy },
  };
  const send = (...rows: readonly string[]) => lake.process(plan, [[HEADER, ...rows, ''].join('\n')]);
  const ids = async () => (await lake.tableRows(plan, 'clean', 'id')).map(({ id }) => id);
  const compact = async (table: TableName) => {
    const currentDigest = async () => (await lake.deps.plans.apply(plan)).digest;
    const deps = { ...lake.deps, plans: { ...lake.deps.plans, currentDigest } };
    return createCompactActivity(deps)({ pipeline, table, nowMs: Date.now() });
  };
  const vacuum = (table: TableName) =>
    createVacuumActivity({ ...lake.deps, backupBucket: BACKUP })({
      pipeline,
      table,
      nowMs: Date.now() + 30 * DAY_MS,
      retentionDays: 7,
      dryRun: false,
    });
  const stored = async (table: TableName): Promise<readonly string[]> => {
    const prefix = `${lakeLayout.table(pipeline, table)}/`;
    const keys: string[] = [];
    for await (const { key } of lake.store.list(LAKE, prefix))
      if (key.endsWith('.parquet')) keys.push(key.slice(prefix.length));
    return keys;
  };

  test('a late, older row of a deleted key stays out after compaction and vacuum, and nothing needed is gone', async () => {
    await send(row(1, 1, 'I'), row(2, 1, 'I'), row(3, 1, 'I'));
    await send(row(1, 5, 'D'));
    await send(row(4, 5, 'D'));
    const whole = await lake.tableFiles(plan, 'tombstones');
    await halveFile(lake, lakeLayout.table(pipeline, 'tombstones'), Object.keys(whole)[0]!);
    expect(await compact('tombstones')).toMatchObject({ filesBefore: 2, filesAfter: 1 });
    expect(await lake.tableFiles(plan, 'tombstones')).toEqual(whole);

    for (const table of TABLES) {
      const { files, unneeded } = await vacuum(table);
      // The tombstones of the first delete, and the two halves; what the inserts alone came to.
      expect({ table, unneeded }).toEqual({ table, unneeded: table === 'tombstones' ? 3 : 1 });
      const needed = Object.keys(await lake.tableFiles(plan, table));
      expect(await stored(table)).toEqual(needed);
      expect(files).toBe(needed.length + unneeded);
    }

    await send(row(1, 4, 'U'), row(4, 4, 'U'));
    expect(await ids()).toEqual([2, 3]);
    await send(row(4, 6, 'U'));
    expect(await ids()).toEqual([2, 3, 4]);
  });
});
