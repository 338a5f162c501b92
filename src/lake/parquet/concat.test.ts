import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { readStruct, writeStruct } from './compact-thrift';
import { concatParquet } from './concat';

describe('concatParquet', () => {
  let directory: string;
  let connection: DuckDBConnection;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-concat-'));
    connection = await (await DuckDBInstance.create(':memory:')).connect();
  });
  afterAll(async () => {
    connection.closeSync();
    await rm(directory, { recursive: true });
  });

  /** Rows of these numbers; of the texts few differ, so that they have a dictionary and a Bloom filter. */
  const part = async (name: string, from: number, to: number, more = ''): Promise<string> => {
    const path = join(directory, `${name}.parquet`);
    await connection.run(`COPY (
      SELECT i AS n, 'x' || (i % 7) AS s, CASE WHEN i % 3 = 0 THEN i / 8 END AS d, i % 2 = 0 AS b${more}
      FROM range(${from}, ${to}) AS t(i)
    ) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 4096)`);
    return path;
  };
  const rows = async (sql: string): Promise<readonly unknown[]> =>
    (await connection.runAndReadAll(sql)).getRowsJson();

  it('holds the rows of all files in their order, also for a reader of another make', async () => {
    const paths = [await part('a', 0, 10_000), await part('none', 0, 0), await part('b', 10_000, 17_000)];
    const target = join(directory, 'all.parquet');
    await concatParquet(paths, target);
    const whole = await part('whole', 0, 17_000);
    const [found, expected] = [target, whole].map((path) => `SELECT * FROM read_parquet('${path}')`);
    expect(await rows(found!)).toEqual(await rows(expected!));
    expect(await rows(`SELECT count(*) FROM (${found}) WHERE s = 'x3' AND n > 16000`)).toEqual(
      await rows(`SELECT count(*) FROM (${expected}) WHERE s = 'x3' AND n > 16000`),
    );
    const [own, other] = [await asyncBufferFromFile(target), await asyncBufferFromFile(whole)];
    expect(await parquetReadObjects({ file: own })).toEqual(await parquetReadObjects({ file: other }));
    const filters = `SELECT count(*) FROM parquet_metadata('${target}') WHERE bloom_filter_offset > 0`;
    expect(Number((await rows(filters)).flat()[0])).toBeGreaterThan(0);
    expect(await rows(`SELECT * FROM parquet_bloom_probe('${target}', 's', 'x3')`)).toHaveLength(5);
  });

  it('is the same file for one part', async () => {
    const path = await part('one', 0, 10_000);
    const target = join(directory, 'copy.parquet');
    await concatParquet([path], target);
    expect((await readFile(target)).equals(await readFile(path))).toBe(true);
  });

  it('refuses files of other columns, and what is no Parquet file', async () => {
    const paths = [await part('c', 0, 10), await part('d', 0, 10, ', 1 AS more')];
    const target = join(directory, 'refused.parquet');
    await expect(concatParquet(paths, target)).rejects.toMatchObject({ code: 'IntegrityError' });
    const text = join(directory, 'text');
    await writeFile(text, 'no Parquet file');
    await expect(concatParquet([text], target)).rejects.toMatchObject({ code: 'IntegrityError' });
  });
});

describe('compact Thrift', () => {
  it('writes what it has read, of every kind of value', () => {
    // 1: true, 2: false, 3: byte 7, 4: i16 -2, 20: i64 300, 21: double, 22: "ab", 23: list of 16 booleans, 24: struct
    const double = [0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
    const head = [0x11, 0x12, 0x13, 7, 0x14, 3, 0x06, 40, 0xd8, 0x04];
    const tail = [
      0x18,
      2,
      97,
      98,
      0x19,
      0xf1,
      16,
      ...Array.from({ length: 16 }, (_unused, i) => 1 + (i % 2)),
    ];
    const bytes = Buffer.from([...head, 0x17, ...double, ...tail, 0x1c, 0x15, 1, 0, 0]);
    const struct = readStruct(bytes);
    expect([...struct.fields.keys()]).toEqual([1, 2, 3, 4, 20, 21, 22, 23, 24]);
    expect(struct.fields.get(4)).toEqual({ kind: 'integer', type: 4, value: -2n });
    expect(writeStruct(struct).equals(bytes)).toBe(true);
  });

  it('refuses data that ends too early', () => {
    expect(() => readStruct(Buffer.from([0x18, 9, 97]))).toThrow(RangeError);
    expect(() => readStruct(Buffer.from([0x16]))).toThrow(RangeError);
  });
});
