import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import type { PipelinePlan, WindowAggregate } from '../../src/domain/plan';
import { downloadTableFiles, requireSnapshot } from '../../src/lake/table-files';
import { lookupsDocument } from '../../src/sql/lookups';
import { feedPlan } from './data-feeds';
import { LAKE, openLake, type Lake, type Row } from './data-fixture';

interface Item {
  readonly id: number;
  readonly line: string;
  /** Hours since the first day. */
  readonly hour: number;
  /** Hours since the first day. */
  readonly known: number;
  readonly minutes: number | null;
}

/** A row as a window sees it. */
interface Seen {
  readonly minutes: number | null;
  readonly daysAgo: number;
}

const AGGREGATES: readonly WindowAggregate[] = ['count', 'sum', 'mean', 'min', 'max', 'stddev', 'last'];
const WINDOWS: PipelinePlan['windows'] = AGGREGATES.flatMap((aggregate) => [
  { name: `${aggregate}_3d`, over: ['line'], days: 3, aggregate, sql: 'minutes' },
  { name: `${aggregate}_4r`, over: ['line'], days: 5, rows: 4, aggregate, sql: 'minutes' },
]);
/** What each query comes to, of the values it sees; those without a value are left out but for `rows`. */
const QUERIES: readonly {
  readonly name: string;
  readonly sql: string;
  readonly valueOf: (seen: readonly Seen[]) => number | null;
}[] = [
  {
    name: 'query_rows',
    sql: 'SELECT count(*) FROM history',
    valueOf: (seen) => seen.length,
  },
  {
    name: 'query_share',
    sql: 'SELECT sum(minutes) FILTER (WHERE days_ago = 1) / sum(minutes) FROM history WHERE minutes > 0',
    valueOf: (seen) => {
      const ofYesterday = valuesOf(seen.filter(({ daysAgo }) => daysAgo === 1));
      return ofYesterday.length === 0 ? null : sumOf(ofYesterday) / sumOf(valuesOf(seen));
    },
  },
  {
    name: 'query_busiest',
    sql: 'SELECT coalesce(max(busy), -1) FROM (SELECT days_ago, count(minutes) AS busy FROM history GROUP BY days_ago)',
    valueOf: (seen) =>
      Math.max(
        -1,
        ...seen.map(({ daysAgo }) => valuesOf(seen.filter((other) => other.daysAgo === daysAgo)).length),
      ),
  },
  {
    name: 'query_above',
    sql: `SELECT count(*) FROM history AS mine
      WHERE mine.minutes > (SELECT avg(others.minutes) FROM history others WHERE others.days_ago >= mine.days_ago)`,
    valueOf: (seen) =>
      seen.filter(({ minutes, daysAgo }) => {
        const others = valuesOf(seen.filter((other) => other.daysAgo >= daysAgo));
        return minutes !== null && others.length > 0 && minutes > sumOf(others) / others.length;
      }).length,
  },
];
const QUERY_WINDOWS: PipelinePlan['windows'] = QUERIES.map(({ name, sql }) => ({
  name,
  over: ['line'],
  days: 3,
  aggregate: 'query',
  sql,
}));
const PLAN = feedPlan({ windows: [...WINDOWS, ...QUERY_WINDOWS] });
const KNOWN_PLAN = feedPlan({
  windows: [...WINDOWS.filter((window) => !('rows' in window)), ...QUERY_WINDOWS],
  knownAt: 'known',
});

/** Large beside their spread, so that a standard deviation out of sums of squares would have no digit left. */
const items: readonly Item[] = Array.from({ length: 160 }, (_item, id) => {
  const hour = (id * 53) % 240;
  const minutes = id % 9 === 0 ? null : 1e9 + ((id * 7919) % 101) / 8;
  return { id, line: id % 3 === 0 ? 'A' : 'B', hour, known: hour + ((id * 31) % 5) * 12, minutes };
});

describe('windows of every kind', () => {
  it('are what a plain program computes: over days and over the last rows', async () => {
    const lake = await openLake();
    await send(lake, PLAN, items);
    await expectWindows(lake, PLAN, items);
    await lake.close();
  });

  it('are the same over more days than queries take at once', async () => {
    const lake = await openLake();
    const rows = items.map((item) => ({ ...item, hour: item.hour * 9, known: item.hour * 9 }));
    await send(lake, PLAN, rows);
    await expectWindows(lake, PLAN, rows);
    await lake.close();
  });

  it('see only what was known on the day before, where values become known later', async () => {
    const lake = await openLake();
    await send(lake, KNOWN_PLAN, items);
    await expectWindows(lake, KNOWN_PLAN, items);
    await lake.close();
  });

  it.each([
    ['event time', PLAN],
    ['the time of knowledge', KNOWN_PLAN],
  ] as const)(
    'do not change up to a moment when all that comes from then on by %s does',
    async (_by, plan) => {
      // In the middle of a day, and the time of a row: its own values must not count either.
      const moment = items[16]!.hour;
      const isPast = ({ hour, known }: Item): boolean => (plan.knownAt === undefined ? hour : known) < moment;
      const future = items.filter((item) => !isPast(item));
      const shuffled = items.map((item) =>
        isPast(item)
          ? item
          : { ...item, minutes: future[(future.indexOf(item) * 7 + 3) % future.length]!.minutes },
      );
      const [before, after] = [await openLake(), await openLake()];
      await send(before, plan, items);
      await send(after, plan, shuffled);
      const early = async (lake: Lake): Promise<readonly Row[]> =>
        (await windowRows(lake, plan)).filter(({ id }) => items[Number(id)]!.hour <= moment);
      expect(await early(after)).toEqual(await early(before));
      expect(await windowRows(after, plan)).not.toEqual(await windowRows(before, plan));
      await before.close();
      await after.close();
    },
  );

  it.each([
    ['values known at once', PLAN],
    ['values known later', KNOWN_PLAN],
  ] as const)('have the values for online requests that the next day gets, with %s', async (_with, plan) => {
    const lake = await openLake();
    await send(lake, plan, items);
    const document = await lookups(lake, plan);
    const next: Item = { id: 999, line: 'B', hour: 240, known: 300, minutes: 1 };
    await send(lake, plan, [next]);
    const row = (await windowRows(lake, plan)).find(({ id }) => id === 999)!;
    for (const { name, values } of document.windows)
      expect([name, values['["B"]']]).toEqual([name, row[name]]);
    await lake.close();
  });
});

async function send(lake: Lake, plan: PipelinePlan, rows: readonly Item[]): Promise<void> {
  const lines = rows.map(({ id, line, hour, known, minutes }) =>
    [id, line, instant(hour), minutes ?? '', 1, 'I', instant(known)].join(','),
  );
  await lake.process(plan, [['id,line,happened,minutes,version,op,known', ...lines, ''].join('\n')]);
}

function windowRows(lake: Lake, plan: PipelinePlan): Promise<readonly Row[]> {
  const names = plan.windows.map(({ name }) => name).join(', ');
  return lake
    .tableRows(plan, 'features', `_key_id AS id, ${names}`)
    .then((rows) => [...rows].sort((left, right) => Number(left['id']) - Number(right['id'])));
}

async function lookups(lake: Lake, plan: PipelinePlan): ReturnType<typeof lookupsDocument> {
  const directory = await mkdtemp(join(lake.scratch, 'lookups-'));
  const snapshot = await requireSnapshot(lake.store, LAKE, plan.pipeline, 'features');
  const table = { bucket: LAKE, tableRoot: `tables/${plan.pipeline}/features` };
  await downloadTableFiles(lake.store, table, snapshot.files, join(directory, 'features'));
  const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 256, threads: 2 });
  try {
    return await lookupsDocument(session, plan, join(directory, 'features', '**', '*.parquet'));
  } finally {
    await session.close();
  }
}

async function expectWindows(lake: Lake, plan: PipelinePlan, rows: readonly Item[]): Promise<void> {
  for (const row of await windowRows(lake, plan)) {
    const own = rows.find(({ id }) => id === row['id'])!;
    for (const window of plan.windows) {
      const seen = seenBy(own, rows, plan, window);
      const expected =
        window.aggregate === 'query'
          ? QUERIES.find(({ name }) => name === window.name)!.valueOf(seen)
          : aggregateOf(window.aggregate, valuesOf(seen));
      const got = row[window.name] as number | null;
      if (expected === null || got === null) expect([window.name, got]).toEqual([window.name, expected]);
      else expect(Math.abs(got - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-12);
    }
  }
}

/** In the order of time. */
function seenBy(
  own: Item,
  rows: readonly Item[],
  plan: PipelinePlan,
  window: PipelinePlan['windows'][number],
): readonly Seen[] {
  const { days } = window;
  const last = window.aggregate === 'query' ? undefined : window.rows;
  const day = (hour: number): number => Math.floor(hour / 24);
  const isBefore = (other: Item): boolean =>
    last === undefined ? day(other.hour) < day(own.hour) : other.hour < own.hour;
  const values = rows
    .filter((other) => other.line === own.line && isBefore(other) && day(other.hour) >= day(own.hour) - days)
    .filter((other) => plan.knownAt === undefined || day(other.known) < day(own.hour))
    .sort((left, right) => left.hour - right.hour || left.id - right.id)
    .map(({ minutes, hour }) => ({ minutes, daysAgo: day(own.hour) - day(hour) }));
  return last === undefined ? values : values.filter(({ minutes }) => minutes !== null).slice(-last);
}

function valuesOf(seen: readonly Seen[]): readonly number[] {
  return seen.flatMap(({ minutes }) => (minutes === null ? [] : [minutes]));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((left, right) => left + right, 0);
}

function aggregateOf(aggregate: WindowAggregate, values: readonly number[]): number | null {
  if (aggregate === 'count') return values.length;
  if (values.length === 0) return null;
  const sum = sumOf(values);
  const mean = sum / values.length;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  switch (aggregate) {
    case 'sum':
      return sum;
    case 'mean':
      return mean;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'stddev':
      return values.length < 2 ? null : Math.sqrt(squares / (values.length - 1));
    case 'last':
      return values.at(-1)!;
  }
}

function instant(hours: number): string {
  return new Date(Date.UTC(2024, 0, 1, hours)).toISOString().replace('.000Z', 'Z');
}
