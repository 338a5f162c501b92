// Tables whose columns grow, and tables that another engine has made.
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { commit, type CommitRequest } from '../../src/lake/delta/commit';
import { readSnapshot } from '../../src/lake/delta/log';
import type { TableColumn } from '../../src/lake/delta/schema';
import { openTableBench, type TableBench } from '../support/delta-tables';

const COUNTS = `
import json, sys
from deltalake import DeltaTable
import pyarrow.dataset as ds
out = []
for version in range(DeltaTable(sys.argv[1]).version() + 1):
    table = DeltaTable(sys.argv[1], version=version)
    skipping = table.to_pyarrow_dataset()
    count = lambda condition: skipping.to_table(filter=condition).num_rows
    gate = ds.field("gate")
    has_gate = "gate" in skipping.schema.names
    out.append({
        "columns": [field.name for field in table.schema().fields],
        "rows": sorted(table.to_pyarrow_table().to_pylist(), key=lambda row: row["id"]),
        "gates": [count(gate.is_null()), count(gate.is_valid()), count(gate == "B2")] if has_gate else None,
    })
print(json.dumps(out))
`;

const MAKE = `
import json, sys
import pyarrow as pa
from deltalake import write_deltalake, DeltaTable
kind, folder = sys.argv[1], sys.argv[2]
rows = pa.table({"id": pa.array([1, 2], pa.int64()), "s": ["a", None], "day": ["01", "02"]})
if kind == "plain":
    write_deltalake(folder, rows, partition_by=["day"])
    write_deltalake(folder, rows.slice(0, 1), mode="append")
    DeltaTable(folder).create_checkpoint()
else:
    write_deltalake(folder, rows, partition_by=["day"], configuration=json.loads(sys.argv[3]))
print("{}")
`;

const READ = `
import json, sys
from deltalake import DeltaTable
table = DeltaTable(sys.argv[1])
rows = sorted(table.to_pyarrow_table().to_pylist(), key=lambda row: (row["id"], row["day"]))
print(json.dumps({"version": table.version(), "rows": rows}))
`;

const ID: TableColumn = { name: 'id', type: 'integer' };
const S: TableColumn = { name: 's', type: 'string' };
const GATE: TableColumn = { name: 'gate', type: 'string' };

let bench: TableBench;
beforeEach(async () => {
  bench = await openTableBench();
});
afterEach(() => bench.close());

const request = (
  batch: number,
  columns: readonly TableColumn[],
  sql: string,
  partition?: string,
): CommitRequest => ({
  definition: { name: 'clean', columns, partitionColumns: partition === undefined ? [] : ['day'] },
  transaction: { appId: `batch ${batch}`, version: 1 },
  timestampMs: batch,
  operation: 'WRITE',
  build: async () => ({ add: [await bench.dataFile(sql, partition)], remove: [] }),
});

describe('a table that gets a new column', () => {
  const write = (...args: Parameters<typeof request>): Promise<unknown> =>
    commit(bench.store, bench.table, request(...args));

  it('gives NULL there for older files, and no filter on the new column hides their rows', async () => {
    await write(0, [ID], 'SELECT 1::BIGINT AS id UNION ALL SELECT 2');
    await write(1, [ID, GATE], `SELECT 3::BIGINT AS id, 'B2' AS gate UNION ALL SELECT 4, NULL`);
    await write(2, [GATE, ID], `SELECT 5::BIGINT AS id, 'C1' AS gate`);
    expect(await bench.python(COUNTS, await bench.copyToDisk())).toEqual([
      { columns: ['id'], rows: [{ id: 1 }, { id: 2 }], gates: null },
      {
        columns: ['id', 'gate'],
        rows: [
          { id: 1, gate: null },
          { id: 2, gate: null },
          { id: 3, gate: 'B2' },
          { id: 4, gate: null },
        ],
        gates: [3, 1, 1],
      },
      {
        columns: ['id', 'gate'],
        rows: [
          { id: 1, gate: null },
          { id: 2, gate: null },
          { id: 3, gate: 'B2' },
          { id: 4, gate: null },
          { id: 5, gate: 'C1' },
        ],
        gates: [3, 2, 1],
      },
    ]);
  });

  it('stays as it was when the change is more than a new column, and the refusal shows the difference', async () => {
    await write(0, [ID, S], `SELECT 1::BIGINT AS id, 'a' AS s`);
    const change = write(1, [{ ...ID, type: 'string' }, GATE], `SELECT 'x' AS id, 'B2' AS gate`);
    await expect(change).rejects.toMatchObject({
      code: 'SchemaConflict',
      message: expect.stringContaining('~ id: long → string, - s: string, + gate: string') as string,
    });
    expect((await readSnapshot(bench.store, bench.table))?.version).toBe(0);
  });
});

describe('a table that deltalake has made', () => {
  const make = async (kind: string, configuration = '{}'): Promise<void> => {
    const folder = await mkdtemp(path.join(bench.folder, 'foreign-'));
    await bench.python(MAKE, kind, folder, configuration);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      const key = `${bench.table.tableRoot}/${path.relative(folder, file)}`;
      await bench.store.put({ bucket: 'lake', key }, { kind: 'bytes', bytes: await readFile(file) });
    }
  };

  it('is read at every version and appended to', async () => {
    await make('plain');
    const first = await readSnapshot(bench.store, bench.table, 0);
    expect([...first!.files.values()].map(({ partitionValues }) => partitionValues['day']).sort()).toEqual([
      '01',
      '02',
    ]);
    const newest = await readSnapshot(bench.store, bench.table);
    expect(newest).toMatchObject({ version: 1, checkpointVersion: 1 });
    expect(newest?.files.size).toBe(3);
    await commit(
      bench.store,
      bench.table,
      request(2, [ID, S], `SELECT 7::BIGINT AS id, 'ours' AS s`, 'day=09/'),
    );
    expect(await bench.python(READ, await bench.copyToDisk())).toEqual({
      version: 2,
      rows: [
        { id: 1, s: 'a', day: '01' },
        { id: 1, s: 'a', day: '01' },
        { id: 2, s: null, day: '02' },
        { id: 7, s: 'ours', day: '09' },
      ],
    });
  });

  it.each([
    ['{"delta.enableDeletionVectors":"true"}', 'deletionVectors'],
    ['{"delta.enableChangeDataFeed":"true"}', 'changeDataFeed'],
  ])('with %s is refused, and the message names %s', async (configuration, feature) => {
    await make('with', configuration);
    await expect(readSnapshot(bench.store, bench.table)).rejects.toMatchObject({
      code: 'SchemaConflict',
      message: expect.stringContaining(feature) as string,
    });
  });
});
