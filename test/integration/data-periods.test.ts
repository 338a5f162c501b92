import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPeriods } from '../../src/activities/transformation/read-periods';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { periodsSql } from '../../src/sql/clean';
import { TRIPS_PLAN } from './data-trips';

describe('the periods of a batch over DuckDB', () => {
  it.each([0, 1, 9_999, 10_000, 10_001, 25_000])('are all read when there are %d', async (count) => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-days-'));
    const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 128, threads: 2 });
    await session.execute(`CREATE TABLE merged AS
      SELECT DATE '1950-01-01' + CAST(day // 2 AS INTEGER) AS "$day" FROM range(${2 * count}) AS days(day)`);
    const periods = await readPeriods(session, periodsSql(TRIPS_PLAN, 'merged'));
    await session.close();
    await rm(directory, { recursive: true });
    expect(periods).toEqual(
      Array.from({ length: count }, (_day, index) => ({
        period: new Date(Date.UTC(1950, 0, 1 + index)).toISOString().slice(0, 10),
        rows: 2,
      })),
    );
  });
});
