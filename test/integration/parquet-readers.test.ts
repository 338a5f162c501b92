// Two readers that share no code with the engine that writes our files (docs/decisions/0004-parquet-readers.md).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { ParquetReader } from 'parquetjs-lite';
import { checkedStatistics } from '../../src/lake/delta/checked-statistics';
import { PARQUET_OPTIONS } from '../../src/sql/parquet';

type Row = Readonly<Record<string, unknown>>;

const PLAIN = `SELECT i::BIGINT AS id, CASE WHEN i % 7 = 0 THEN NULL ELSE i * 0.5 END::DOUBLE AS delay,
  (i / 3)::FLOAT AS ratio, 'flight é ' || (i % 50) AS flight, i % 2 = 0 AS late FROM range(5000) AS t(i)`;

let folder: string;
let duckdb: DuckDBConnection;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-parquet-'));
  duckdb = await (await DuckDBInstance.create(':memory:')).connect();
});
afterAll(async () => {
  duckdb.closeSync();
  await rm(folder, { recursive: true, force: true });
});

const write = async (sql: string, options: string = PARQUET_OPTIONS): Promise<string> => {
  const file = path.join(await mkdtemp(path.join(folder, 'file-')), 'part.parquet');
  await duckdb.run(`COPY (${sql}) TO '${file}' ${options}`);
  return file;
};
const plainRow = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
const plainValue = (value: unknown): unknown => {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString() : (value ?? null);
};
const withDuckdb = async (sql: string): Promise<readonly Row[]> =>
  (await duckdb.runAndReadAll(sql)).getRowObjectsJS().map(plainRow);
const withHyparquet = async (file: string): Promise<readonly Row[]> =>
  (await parquetReadObjects({ file: await asyncBufferFromFile(file) })).map(plainRow);
const withParquetjs = async (file: string): Promise<readonly Row[]> => {
  const reader = await ParquetReader.openFile(file);
  const rows: Row[] = [];
  try {
    const cursor = reader.getCursor();
    for (let row = await cursor.next(); row; row = await cursor.next()) rows.push(row);
  } finally {
    await reader.close();
  }
  return rows.map(plainRow);
};
const sorted = (rows: readonly Row[]): readonly string[] =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1))));

const NAMES = ['delay', 'flight', 'id', 'late', 'ratio'];
/** parquetjs-lite leaves NULLs out. */
const complete = (rows: readonly Row[]): readonly Row[] =>
  rows.map((row) => Object.fromEntries(NAMES.map((name) => [name, row[name] ?? null])));

describe('a plain file as our tables have them', () => {
  it('holds the same rows for DuckDB, hyparquet and parquetjs-lite', async () => {
    const file = await write(PLAIN);
    const expected = sorted(complete(await withDuckdb(PLAIN)));
    expect(expected).toHaveLength(5000);
    expect(sorted(complete(await withHyparquet(file)))).toEqual(expected);
    expect(sorted(complete(await withParquetjs(file)))).toEqual(expected);
  });

  it('is refused when it does not hold as many rows as were written, or is no Parquet file at all', async () => {
    const file = await write(PLAIN);
    await expect(checkedStatistics(file, 5000)).resolves.toContain('"numRecords":5000');
    await expect(checkedStatistics(file, 4999)).rejects.toMatchObject({ code: 'IntegrityError' });
    await expect(checkedStatistics(__filename, 1)).rejects.toMatchObject({ code: 'IntegrityError' });
  });
});

describe('why users depend on hyparquet and not on parquetjs-lite', () => {
  it.each([
    ['a decimal column', 'SELECT 1.25::DECIMAL(10, 2) AS price', PARQUET_OPTIONS, 1.25],
    ['v2 data pages', 'SELECT 7::BIGINT AS price', '(FORMAT parquet, PARQUET_VERSION v2)', 7],
  ])('only hyparquet reads %s', async (_what, sql, options, value) => {
    const file = await write(sql, options);
    expect(await withHyparquet(file)).toEqual([{ price: value }]);
    const outcome = await withParquetjs(file).catch((error: unknown) => String(error));
    expect(outcome).not.toEqual([{ price: value }]);
  });
});
