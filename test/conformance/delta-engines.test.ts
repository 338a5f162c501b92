// Every version of a table that Millrace wrote, read by three engines that others wrote. Run by scripts/conformance.sh.
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { writeCheckpointIfDue } from '../../src/activities/tables/write-checkpoint';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { partitionColumns, periodFolder, periodOf } from '../../src/domain/period';
import { commit } from '../../src/lake/delta/commit';
import type { DataFile } from '../../src/lake/delta/data-file';
import type { FileChanges } from '../../src/lake/delta/plan-commit';
import type { TableColumn } from '../../src/lake/delta/schema';
import { openTableBench, type TableBench } from '../support/delta-tables';

const HOME = process.env['MILLRACE_CONFORMANCE_HOME'] ?? path.resolve('.millrace/conformance');
const COLUMNS: readonly TableColumn[] = [
  { name: 'id', type: 'integer' },
  { name: 'x', type: 'double' },
  { name: 's', type: 'string' },
  { name: 'b', type: 'boolean' },
  { name: 'd', type: 'date' },
  { name: 't', type: 'timestamp' },
];
const GATE: TableColumn = { name: 'gate', type: 'string' };

/** By the column that a version must have for it. */
const CONDITIONS = [
  ['id', 'id = 9223372036854775807'],
  ['id', 'id < 3'],
  // NaN is above all numbers for Spark and DuckDB, and beside them for pyarrow.
  ['x', 'x > 1.5 AND NOT isnan(x)'],
  ['x', 'x IS NULL'],
  ['s', `s = '${'é'.repeat(40)}'`],
  ['b', 'b = false'],
  ['d', "d = DATE '1969-12-31'"],
  ['t', "t = TIMESTAMP '2013-01-01 05:30:00.123456'"],
  ['gate', 'gate IS NULL'],
  ['gate', "gate = 'B2'"],
] as const;

interface Seen {
  readonly rows: readonly unknown[];
  readonly counts: readonly number[];
}
type Version = Readonly<Record<'deltalake' | 'duckdb' | 'spark', Seen>>;

const typed = (values: string): string => {
  const types = 'BIGINT DOUBLE VARCHAR BOOLEAN DATE TIMESTAMPTZ VARCHAR'.split(' ');
  const names = [...COLUMNS, GATE].map(({ name }) => name);
  const width = values.includes(' gate') ? 7 : 6;
  const list = names.slice(0, width).map((name, index) => `${name}::${types[index]!} AS ${name}`);
  return `SELECT ${list.join(', ')} FROM (VALUES ${values.replaceAll(' gate', '')}) AS v(${names.slice(0, width).join(', ')})`;
};

describe.each(['day', 'month'] as const)('a table of ten versions by %s', (unit) => {
  let bench: TableBench;
  let versions: readonly Version[];
  let written = 0;

  const write = async (changes: FileChanges, columns = COLUMNS): Promise<void> => {
    const { snapshot } = await commit(bench.store, bench.table, {
      definition: { name: 'clean', columns, partitionColumns: partitionColumns(unit) },
      transaction: { appId: `batch ${(written += 1)}`, version: 1 },
      timestampMs: written * 1000,
      operation: 'WRITE',
      build: () => changes,
    });
    const directory = await mkdtemp(path.join(bench.folder, 'checkpoint-'));
    const engineOptions = { memoryLimitMegabytes: 256, threads: 1 };
    const signal = (): AbortSignal => new AbortController().signal;
    const deps = { store: bench.store, engine: createDuckDbEngine(), engineOptions, signal };
    await writeCheckpointIfDue(deps, bench.table, snapshot, directory, 4);
  };
  const file = (day: string, values: string): Promise<DataFile> =>
    bench.dataFile(typed(values), `${periodFolder(periodOf(`2013-01-${day}`, unit))}/`);

  beforeAll(async () => {
    bench = await openTableBench();
    const time = "TIMESTAMPTZ '2013-01-01 05:30:00.123456+00'";
    const first = await file(
      '01',
      `(1, 1.5, 'a', true, DATE '2013-01-01', ${time}), (2, NULL, NULL, NULL, NULL, NULL)`,
    );
    await write({ add: [first], remove: [] });
    const hostile = `(9223372036854775807, 'NaN', repeat('é', 40), false, DATE '1969-12-31', TIMESTAMPTZ '1969-12-31 23:59:59.999999+00')`;
    await write({ add: [await file('02', hostile)], remove: [] });
    const better = await file('01', `(1, 2.5, 'b', false, DATE '2013-01-01', ${time})`);
    await write({ add: [better], remove: [first.path] });
    const gates = `(3, 3.5, 'c', true, DATE '2013-01-03', NULL, 'B2' gate), (4, 4.5, 'd', true, NULL, ${time}, NULL gate)`;
    await write({ add: [await file('03', gates)], remove: [] }, [...COLUMNS, GATE]);
    for (let id = 10; id < 15; id += 1) {
      await write(
        {
          add: [
            await file(
              '04',
              `(${id}, ${id}.5, 'row ${id}', true, DATE '2013-01-04', ${time}, 'C${id}' gate)`,
            ),
          ],
          remove: [],
        },
        [...COLUMNS, GATE],
      );
    }
    await write({ add: [], remove: [better.path] }, [...COLUMNS, GATE]);
    const program = path.join(__dirname, 'read_every_version.py');
    const args = [program, await bench.copyToDisk(), path.join(HOME, 'jars'), JSON.stringify(CONDITIONS)];
    const options = { env: { ...process.env, TZ: 'UTC' }, maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await promisify(execFile)(path.join(HOME, 'venv/bin/python'), args, options);
    versions = JSON.parse(stdout.slice(stdout.lastIndexOf('RESULT ') + 7)) as readonly Version[];
  }, 1_800_000);
  afterAll(() => bench.close());

  it('has ten versions, each with the rows that were written', () => {
    expect(versions.map(({ spark }) => spark.rows.length)).toEqual([2, 3, 2, 4, 5, 6, 7, 8, 9, 8]);
  });

  it.each(['deltalake', 'duckdb'] as const)(
    'has in %s the rows that Spark reads, at every version',
    (engine) => {
      for (const version of versions) expect(version[engine].rows).toEqual(version.spark.rows);
    },
  );

  it('gives the same counts for every filter in every engine, at every version', () => {
    for (const { deltalake, duckdb, spark } of versions) {
      expect(duckdb.counts).toEqual(deltalake.counts);
      expect(spark.counts).toEqual(deltalake.counts);
    }
    expect(versions.at(-1)!.spark.counts).toHaveLength(CONDITIONS.length);
  });
});
