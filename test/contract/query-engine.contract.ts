import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueryEngine, QuerySession } from '../../src/ports/query-engine';

/** What every query engine must do; run by each adapter against the real thing. */
export function describeQueryEngineContract(name: string, createEngine: () => QueryEngine): void {
  describe(`${name} keeps the query engine contract`, () => {
    let root: string;
    let directory: string;
    let session: QuerySession;

    beforeAll(async () => {
      root = await realpath(await mkdtemp(join(tmpdir(), 'millrace-engine-')));
      directory = join(root, 'scratch');
      await mkdir(directory);
      await writeFile(join(root, 'secret.csv'), 'a\n1\n');
      session = await createEngine().open({ directory, memoryLimitMegabytes: 256, threads: 2 });
    });
    afterAll(async () => {
      await session.close();
      await rm(root, { recursive: true });
    });

    it('reads and writes files in its own directory', async () => {
      await session.execute(`COPY (SELECT 42 AS answer) TO '${directory}/out.parquet' (FORMAT parquet)`);
      expect(await session.rows(`SELECT * FROM '${directory}/out.parquet'`)).toEqual([{ answer: 42 }]);
    });

    it.each([
      ['reads a file outside', (): string => `SELECT * FROM read_text('/etc/passwd')`],
      ['reads next to its directory', (): string => `SELECT * FROM read_csv('${root}/secret.csv')`],
      ['leaves by ..', (): string => `SELECT * FROM read_csv('${directory}/../secret.csv')`],
      ['lists a directory outside', (): string => `SELECT * FROM glob('${root}/*')`],
      ['writes outside', (): string => `COPY (SELECT 1) TO '${root}/stolen.csv'`],
      ['attaches a database outside', (): string => `ATTACH '${root}/other.db'`],
      ['exports outside', (): string => `EXPORT DATABASE '${root}/exported'`],
      ['reads from the network', (): string => `SELECT * FROM read_csv('https://localhost/x.csv')`],
      ['installs an extension', (): string => 'INSTALL httpfs'],
      ['loads an extension', (): string => 'LOAD httpfs'],
      ['changes a setting', (): string => `SET memory_limit = '100GB'`],
      ['opens the doors again', (): string => 'SET enable_external_access = true'],
      ['widens its directories', (): string => `SET allowed_directories = ['/']`],
    ])('refuses SQL that %s', async (_what, sql) => {
      await expect(session.execute(sql())).rejects.toMatchObject({ code: 'InvalidInput' });
      expect(await readdir(root)).toEqual(['scratch', 'secret.csv']);
    });

    it.each([
      ['does not parse', 'SELEC 1'],
      ['names an unknown column', 'SELECT nope'],
      ['names an unknown table', 'SELECT 1 FROM nope'],
      ['cannot convert a value', `SELECT CAST('a' AS INTEGER)`],
    ])('fails for good when SQL %s', async (_what, sql) => {
      await expect(session.rows(sql)).rejects.toMatchObject({
        name: 'PermanentFailure',
        code: 'InvalidInput',
      });
    });

    it('fails for now when memory and spill do not suffice', async () => {
      const small = await createEngine().open({ directory, memoryLimitMegabytes: 16, threads: 1 });
      try {
        const sql = `SELECT length(string_agg(i::VARCHAR || repeat('x', 100), '')) FROM range(2000000) t(i)`;
        await expect(small.rows(sql)).rejects.toMatchObject({
          name: 'TransientFailure',
          code: 'EngineFailed',
        });
      } finally {
        await small.close();
      }
    });

    it('interrupts a statement when the signal aborts', async () => {
      const controller = new AbortController();
      const started = Date.now();
      const endless = session.execute(
        'CREATE TABLE never AS SELECT count(*) FROM range(100000000) a, range(100000) b WHERE (a.range * b.range) % 7 = 3',
        controller.signal,
      );
      setTimeout(() => {
        controller.abort(new Error('stopped by the test'));
      }, 100);
      await expect(endless).rejects.toThrow('stopped by the test');
      expect(Date.now() - started).toBeLessThan(5_000);
      expect(await session.rows('SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    });

    it('starts nothing under an aborted signal', async () => {
      await expect(session.execute('CREATE TABLE late(i INTEGER)', AbortSignal.abort())).rejects.toThrow();
      await expect(session.rows('FROM late')).rejects.toMatchObject({ code: 'InvalidInput' });
    });

    it('drops all tables and views when it is cleared, and serves again', async () => {
      const used = await createEngine().open({ directory, memoryLimitMegabytes: 64, threads: 1 });
      const make =
        'CREATE TABLE "a ""b" AS SELECT 1 AS i; CREATE VIEW "c d" AS FROM "a ""b"; CREATE TEMP TABLE e(i INTEGER)';
      await used.execute(make);
      await used.clear();
      await used.clear();
      await used.execute(make);
      expect(await used.rows('FROM "c d"')).toEqual([{ i: 1 }]);
      await used.close();
    });

    it('gives small results as plain JSON values', async () => {
      const [row] = await session.rows(`SELECT 5::BIGINT AS small, 9007199254740993::BIGINT AS large,
        DATE '2013-01-31' AS day, TIMESTAMP '2013-01-31 10:00:00' AS moment, 'nan'::DOUBLE AS nan, 1.50::DECIMAL(4, 2) AS amount,
        [1, 2] AS list, {'a': NULL} AS struct, true AS yes, NULL AS nothing`);
      expect(row).toEqual({
        small: 5,
        large: '9007199254740993',
        day: '2013-01-31',
        moment: '2013-01-31T10:00:00.000Z',
        nan: null,
        amount: 1.5,
        list: [1, 2],
        struct: { a: null },
        yes: true,
        nothing: null,
      });
    });

    it('refuses to turn bulk data into objects', async () => {
      expect(await session.rows('FROM range(10000)')).toHaveLength(10_000);
      await expect(session.rows('FROM range(10001)')).rejects.toMatchObject({ code: 'InvalidInput' });
    });

    it('streams large numeric results as Arrow batches with nulls', async () => {
      let rows = 0;
      let sum = 0;
      let nulls = 0;
      const sql = `SELECT i::INTEGER AS i, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 2 END::DOUBLE AS half,
        i::BIGINT AS big, (i * 2)::FLOAT AS twice FROM range(150000) t(i)`;
      for await (const batch of session.batches(sql)) {
        const i = batch.getChild('i')!;
        const half = batch.getChild('half')!;
        for (let row = 0; row < batch.numRows; row += 1) {
          const expected = rows + row;
          if (i.get(row) !== expected || batch.getChild('big')!.get(row) !== BigInt(expected))
            sum = Number.NaN;
          sum += (half.get(row) as number | null) ?? 0;
        }
        nulls += half.nullCount;
        rows += batch.numRows;
      }
      expect({ rows, nulls }).toEqual({ rows: 150_000, nulls: 50_000 });
      const expectedSum = Array.from({ length: 150_000 }, (_, i) => (i % 3 === 0 ? 0 : i / 2));
      expect(sum).toBe(expectedSum.reduce((left, right) => left + right));
    });

    it('refuses columns that are no numbers in Arrow batches', async () => {
      const read = async (): Promise<void> => {
        for await (const batch of session.batches(`SELECT 'x' AS text`)) expect(batch.numRows).toBe(0);
      };
      await expect(read()).rejects.toThrow('[column=text');
    });
  });
}
