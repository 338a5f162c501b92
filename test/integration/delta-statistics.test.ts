// What our log says about files must never hide a row from a reader that skips files by it.
import { commit } from '../../src/lake/delta/commit';
import type { DataFile } from '../../src/lake/delta/data-file';
import type { TableColumn } from '../../src/lake/delta/schema';
import { openTableBench, type TableBench } from '../support/delta-tables';

const COLUMNS: readonly TableColumn[] = [
  { name: 'id', type: 'integer' },
  { name: 'x', type: 'double' },
  { name: 'f', type: 'float' },
  { name: 's', type: 'string' },
  { name: 'b', type: 'boolean' },
  { name: 'd', type: 'date' },
  { name: 't', type: 'timestamp' },
  { name: 'm', type: 'decimal', precision: 9, scale: 2 },
  { name: 'n', type: 'decimal', precision: 18, scale: 4 },
  { name: 'w', type: 'decimal', precision: 38, scale: 10 },
];

/** Of each row the decimals `m`, `n` and `w`; those that get no bounds stand in rows that have none anyway. */
const DECIMALS = [
  ['1.50', '12345678901.2345', '12345.6789'],
  ['-9999999.99', '-0.0001', '-1.0000000001'],
  ['9999999.99', '99999999999.9999', '1'],
  ['0.01', '99999999999999.9999', '9999999999999999999999999999.9999999999'],
  ['0.00', '-99999999999999.9999', '-9999999999999999999999999999.9999999999'],
  [null, null, null],
  ['-0.01', '9007199254.7409', '0.1'],
  ['0.10', '1', '123456.789'],
] as const;

/** One row per file, so that each is found or skipped by itself. */
const ROWS = [
  `1, 1.5, 0.1, 'plain', true, DATE '2013-01-01', TIMESTAMPTZ '2013-01-01 05:30:00.123456+00'`,
  `-9223372036854775808, -1e308, -3e38, '', false, DATE '0001-01-01', TIMESTAMPTZ '0001-01-03 00:00:00.000001+00'`,
  `9223372036854775807, 1e308, 3e38, repeat('é', 40), NULL, DATE '9999-12-31', TIMESTAMPTZ '1960-05-05 23:59:59.999999+00'`,
  `2, 'NaN', 0.5, repeat('🚲', 33), true, DATE '2013-01-02', TIMESTAMPTZ '2013-01-02 00:00:00+00'`,
  `3, 'Infinity', 0.25, repeat('x', 300), true, DATE '2013-01-03', NULL`,
  `9007199254740993, NULL, NULL, NULL, NULL, NULL, NULL`,
  `4, -0.0, 1, concat('quote " and \\', chr(10), 'line'), false, DATE '1969-12-31', TIMESTAMPTZ '1969-12-31 23:59:59.999999+00'`,
  `5, 5e-324, 1e-45, concat(repeat('a', 32), chr(1114111), 'b'), false, DATE '1970-01-01', TIMESTAMPTZ '2262-04-11 23:47:16.854775+00'`,
] as const;

/** For each row and each of its values: how many rows have it, by the log's word and by looking at all rows. */
const COUNT_EACH = `
import json, sys, math
from deltalake import DeltaTable
import pyarrow.dataset as ds

table = DeltaTable(sys.argv[1])
everything = table.to_pyarrow_table()
skipping = table.to_pyarrow_dataset()
seen = []
for name in everything.column_names:
    for scalar in everything.column(name):
        field, value = ds.field(name), scalar.as_py()
        if value is None:
            condition = field.is_null()
        elif isinstance(value, float) and math.isnan(value):
            condition = field.is_nan()
        else:
            condition = field == scalar
        seen.append([name, str(value)[:20], skipping.to_table(filter=condition).num_rows, everything.filter(condition).num_rows])
files = lambda condition: sum(1 for _ in skipping.get_fragments(filter=condition))
print(json.dumps({"seen": seen, "all": everything.num_rows, "filesForId1": files(ds.field("id") == 1), "files": files(None)}))
`;

describe('statistics in our log', () => {
  let bench: TableBench;
  beforeAll(async () => {
    bench = await openTableBench();
    const names = COLUMNS.map(({ name }) => name).join(', ');
    const types =
      'BIGINT DOUBLE FLOAT VARCHAR BOOLEAN DATE TIMESTAMPTZ DECIMAL(9,2) DECIMAL(18,4) DECIMAL(38,10)'.split(
        ' ',
      );
    const typed = COLUMNS.map(({ name }, index) => `${name}::${types[index]!} AS ${name}`).join(', ');
    const add: DataFile[] = [];
    for (const [index, row] of ROWS.entries()) {
      const decimals = DECIMALS[index]!.map((value) => (value === null ? 'NULL' : `'${value}'`));
      const values = [row, ...decimals].join(', ');
      add.push(await bench.dataFile(`SELECT ${typed} FROM (VALUES (${values})) AS v(${names})`));
    }
    await commit(bench.store, bench.table, {
      definition: { name: 'clean', columns: COLUMNS, partitionColumns: [] },
      transaction: { appId: 'a', version: 0 },
      timestampMs: 0,
      operation: 'WRITE',
      build: () => ({ add, remove: [] }),
    });
  });
  afterAll(() => bench.close());

  it('hide no row from Python deltalake, whatever column it filters by, and do let it skip files', async () => {
    const found = (await bench.python(COUNT_EACH, await bench.copyToDisk())) as {
      readonly seen: readonly (readonly [string, string, number, number])[];
      readonly all: number;
      readonly filesForId1: number;
      readonly files: number;
    };
    expect(found.all).toBe(ROWS.length);
    expect(found.seen).toHaveLength(ROWS.length * COLUMNS.length);
    for (const [column, value, skipping, all] of found.seen) {
      expect({ column, value, rows: skipping }).toEqual({ column, value, rows: all });
      expect(all).toBeGreaterThan(0);
    }
    expect(found.files).toBe(ROWS.length);
    expect(found.filesForId1).toBeLessThan(ROWS.length / 2);
  });
});
