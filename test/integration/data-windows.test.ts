import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import type { PipelinePlan, WindowAggregate } from '../../src/domain/plan';
import type { QuerySession } from '../../src/ports/query-engine';
import { lookupsDocument } from '../../src/sql/lookups';
import { openLake, type Lake } from './data-fixture';
import { TRIPS_PLAN } from './data-trips';
import { rollingTablesSql } from '../../src/sql/windows';

type Days = readonly (readonly (number | null)[])[];

const window = (aggregate: WindowAggregate) =>
  ({ name: `w_${aggregate}`, over: ['line'], days: 40, aggregate, sql: 'minutes' }) as const;
const PLAN: PipelinePlan = {
  ...TRIPS_PLAN,
  expectations: [],
  windows: [window('sum'), window('mean'), window('count'), window('min'), window('max')],
};

describe('the sums of windows over DuckDB', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-windows-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const withSession = async <T>(threads: number, work: (session: QuerySession) => Promise<T>): Promise<T> => {
    const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 256, threads });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  };

  /** What a row on the day after the last of `days` sees. */
  const windowsOf = (days: Days, threads = 2, plan = PLAN) =>
    withSession(threads, async (session) => {
      const rows = [...days, [0]].flatMap((values, day) =>
        values.map((value) => `(DATE '2024-01-01' + ${day}, 'A', ${literal(value)})`),
      );
      const inputs = PLAN.windows.map(({ name }) => `x::DOUBLE AS "_in_${name}"`).join(', ');
      await session.execute(`CREATE TABLE row_features AS
        SELECT day AS "$day", line AS _over_line, ${inputs} FROM (VALUES ${rows.join(', ')}) AS v(day, line, x)`);
      for (const statement of rollingTablesSql(plan, [])) await session.execute(statement);
      const [row] = await session.rows(
        `SELECT w_sum AS sum, w_mean AS mean, w_count AS count FROM rolling_0 ORDER BY "$day" DESC LIMIT 1`,
      );
      return row!;
    });
  const sumOf = async (days: Days, threads?: number) => (await windowsOf(days, threads))['sum'];

  it('of a column of integers are those of the same numbers', async () => {
    const integers = PLAN.columns.map((column) =>
      column.name === 'minutes' ? ({ name: 'minutes', type: 'integer' } as const) : column,
    );
    const days: Days = [[1, null, -7], [null], [2 ** 53, 2 ** 53 - 1], [], [3, -(2 ** 53)]];
    expect(await windowsOf(days, 2, { ...PLAN, columns: integers })).toEqual(await windowsOf(days));
    const empty = await windowsOf([[null]], 2, { ...PLAN, columns: integers });
    expect(empty).toEqual({ sum: null, mean: null, count: 0 });
  });

  it.each<readonly [string, Days, number | null]>([
    ['tiny values', [[1e-8, 2e-8], [3e-8]], 6e-8],
    ['the smallest of the range', [[1e-12, 1e-12], [1e-12]], 3e-12],
    ['tiny values beside large ones', [[1e12], [1e-12, 1e-4]], 1e12 + 1e-4],
    ['what is left when large values cancel out', [[1e12, 1e-12], [-1e12]], 1e-12],
    ['a whole and a fraction that cancel out', [[1, -0.999999999999]], 1 - 0.999999999999],
    ['integers up to 2^53', [[9007199254740991, -9007199254740990], [7]], 8],
    ['values that no decimal of 38 digits holds', [[1e31, 2e31], [3e31]], 6e31],
    ['values that no whole number of 128 bits holds', [[1e40, 2e40], [3e40]], 6e40],
    ['the largest values', [[1e300, 1e300], [-1e300]], 1e300],
    ['large values that cancel out', [[1e300, 5], [-1e300]], 5],
    ['a total beyond all numbers, which is none', [[1.7e308], [1.7e308]], null],
    ['no value at all', [[null], [null]], null],
    ['negative values', [[-0.1, -0.2], [-1e13]], -1e13 - 0.3],
  ])('come out right for %s', async (_what, days, expected) => {
    const got = await sumOf(days);
    if (expected === null) expect(got).toBeNull();
    else expect(Math.abs(Number(got) - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-15);
  });

  it('ignore NaN and infinity as they ignore NULL', async () => {
    const days = [
      [1, Number.NaN, 3],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null],
    ];
    expect(await windowsOf(days)).toEqual({ sum: 4, mean: 2, count: 2 });
  });

  it('are the exact sum, rounded once, whatever the order, the threads and the days', async () => {
    const random = mulberry(7);
    const values = Array.from({ length: 5_000 }, () => (random() - 0.5) * 10 ** (random() * 24 - 12));
    const split = (list: readonly number[], days: number): Days =>
      Array.from({ length: days }, (_day, index) => list.filter((_value, at) => at % days === index));
    const exact = exactSum(values);
    for (const [list, days, threads] of [
      [values, 30, 1],
      [[...values].reverse(), 30, 4],
      [[...values].sort((left, right) => left - right), 7, 2],
      [[...values].sort((left, right) => Math.abs(left) - Math.abs(right)), 1, 4],
    ] as const) {
      const got = await sumOf(split(list, days), threads);
      expect(Math.abs((Number(got) - exact) / exact)).toBeLessThan(3e-16);
      expect(got).toBe(await sumOf(split(values, 30), 1));
    }
  });

  it('do not depend on the order of values beyond the exact range either', async () => {
    const random = mulberry(11);
    const values = Array.from({ length: 999 }, () => (random() - 0.5) * 10 ** (30 + random() * 3));
    const days = (list: readonly number[]): Days => [list.slice(0, 500), list.slice(500)];
    const shuffled = [...values.slice(0, 500).reverse(), ...values.slice(500).sort((a, b) => a - b)];
    expect(await sumOf(days(shuffled), 4)).toBe(await sumOf(days(values), 1));
  });

  describe('through the stages', () => {
    const header = 'id,line,started,minutes,day,express,booked';
    const row = (id: number, day: number, minutes: number): string =>
      `${id},A,2024-01-${String(day).padStart(2, '0')}T00:00:00Z,${minutes},${day},true,01.01.2024`;
    const random = mulberry(3);
    const lines = Array.from({ length: 400 }, (_row, id) =>
      row(id, 1 + (id % 20), (random() - 0.4) * 10 ** (random() * 44 - 10)),
    );
    const csv = (part: readonly string[]): string => [header, ...part, ''].join('\n');

    it('come to the same bytes at once and in increments, for values of all sizes', async () => {
      const [atOnce, increments] = [await openLake(), await openLake()];
      await atOnce.process(PLAN, [csv(lines)]);
      await increments.process(PLAN, [csv(lines.slice(250).reverse())]);
      await increments.process(PLAN, [csv(lines.slice(0, 100)), csv(lines.slice(100, 250))]);
      const files = (lake: Lake) => lake.tableFiles(PLAN, 'features');
      expect(await files(increments)).toEqual(await files(atOnce));
      await atOnce.close();
      await increments.close();
    });

    it('agree between the feature table and the lookups of online requests, to the last bit', async () => {
      const lake = await openLake();
      await lake.process(PLAN, [csv([...lines, row(9_999, 21, 1)])]);
      const path = join(directory, 'features.parquet');
      const rows = await lake.tableRows(
        PLAN,
        'features',
        '"_key_id" AS id, w_sum, w_mean, w_count, w_min, w_max',
      );
      const expected = rows.find(({ id }) => id === 9_999)!;
      const earlier = await lake.tableRows(PLAN, 'features', '_event_time, line, _in_w_sum AS x');
      await withSession(2, async (session) => {
        const values = earlier
          .filter((item) => (item['_event_time'] as string) < '2024-01-21')
          .map(
            (item) => `(TIMESTAMPTZ '${item['_event_time'] as string}', 'A', ${literal(Number(item['x']))})`,
          );
        const inputs = PLAN.windows.map(({ name }) => `x AS "_in_${name}"`).join(', ');
        await session.execute(
          `COPY (SELECT t AS _event_time, l AS line, ${inputs} FROM (VALUES ${values.join(', ')}) v(t, l, x)) TO '${path}'`,
        );
        const { windows } = await lookupsDocument(session, PLAN, path);
        for (const { name, values: byKey } of windows)
          expect([name, byKey['["A"]']]).toEqual([name, expected[name]]);
      });
      await lake.close();
    });
  });
});

function literal(value: number | null): string {
  if (value === null) return 'NULL::DOUBLE';
  return Number.isFinite(value) ? `${value.toExponential()}::DOUBLE` : `'${value}'::DOUBLE`;
}

/** In units of 2^-200: every double of the test is a whole number of them. */
function exactSum(values: readonly number[]): number {
  const units = values.reduce((sum, value) => sum + BigInt(value * 2 ** 200), 0n);
  return Number(units) / 2 ** 200;
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
