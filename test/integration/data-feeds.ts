import fc from 'fast-check';
import type { PipelinePlan } from '../../src/domain/plan';
import { acceptedValue } from '../../src/sql/column-types';
import { TRIPS_PLAN } from './data-trips';

/** One row of a generated feed; a row can change its day only under a key that does not hold the time. */
export interface FeedRow {
  readonly id: number;
  readonly line: string;
  readonly day: number;
  readonly hour: number;
  readonly minutes: number | null;
  readonly version: number | null;
  readonly op: 'I' | 'U' | 'D';
  /** Hours after the event when the values became known. */
  readonly lag: number;
}

export interface Feed {
  readonly plan: PipelinePlan;
  /** All rows, in the order in which the one run over everything sees them. */
  readonly rows: readonly FeedRow[];
  /** The same rows, some of them sent again, as batches of files. */
  readonly batches: readonly (readonly FeedRow[])[];
}

const COLUMNS: PipelinePlan['columns'] = [
  { name: 'id', type: 'integer' },
  { name: 'line', type: 'string' },
  { name: 'happened', type: 'timestamp' },
  { name: 'minutes', type: 'double' },
  { name: 'version', type: 'integer' },
  { name: 'op', type: 'string' },
  { name: 'known', type: 'timestamp' },
];

const WINDOWS: PipelinePlan['windows'] = [
  { name: 'mean_3d', over: ['line'], days: 3, aggregate: 'mean', sql: 'minutes' },
  { name: 'count_2d', over: ['line', 'id'], days: 2, aggregate: 'count', sql: 'minutes' },
  { name: 'sum_4d', over: ['id'], days: 4, aggregate: 'sum', sql: 'minutes' },
  { name: 'max_3d', over: ['line'], days: 3, aggregate: 'max', sql: 'minutes' },
  { name: 'stddev_5d', over: ['line'], days: 5, aggregate: 'stddev', sql: 'minutes' },
  { name: 'last_3d', over: ['line'], days: 3, aggregate: 'last', sql: 'minutes' },
];

export function feedPlan(changes: Partial<PipelinePlan>): PipelinePlan {
  return {
    ...TRIPS_PLAN,
    columns: COLUMNS,
    key: ['happened', 'id'],
    eventTime: 'happened',
    expectations: [],
    label: { name: 'late', sql: 'minutes > 30' },
    features: [{ name: 'hour', kind: 'numeric', sql: 'hour(happened)' }],
    windows: WINDOWS,
    ...changes,
  };
}

const ROW_WINDOWS: PipelinePlan['windows'] = [
  { name: 'sum_2r', over: ['line'], days: 3, rows: 2, aggregate: 'sum', sql: 'minutes' },
  { name: 'last_1r', over: ['id'], days: 4, rows: 1, aggregate: 'last', sql: 'minutes' },
  { name: 'stddev_3r', over: ['line'], days: 2, rows: 3, aggregate: 'stddev', sql: 'minutes' },
];

const QUERY_WINDOWS: PipelinePlan['windows'] = [
  {
    name: 'spread_4d',
    over: ['line'],
    days: 4,
    aggregate: 'query',
    sql: 'SELECT sum(minutes) FILTER (WHERE days_ago > 1) - avg(minutes / 3) + stddev(minutes) FROM history h',
  },
  {
    name: 'busiest_3d',
    over: ['id', 'line'],
    days: 3,
    aggregate: 'query',
    sql: 'SELECT max(s) + count(*) FROM (SELECT hour(happened), sum(minutes * 0.1) AS s FROM history GROUP BY 1)',
  },
];

const DELETE = { column: 'op', values: ['D'] };

/** Plans under which the newest row follows from the rows, and one under which it follows from their order. */
const plans = fc.constantFrom(
  feedPlan({ newest: 'version', delete: DELETE, windows: [...WINDOWS, ...ROW_WINDOWS] }),
  feedPlan({ newest: 'version', delete: DELETE, key: ['id'], windows: QUERY_WINDOWS }),
  feedPlan({ newest: 'version', knownAt: 'known', windows: QUERY_WINDOWS }),
  feedPlan({ delete: DELETE }),
  feedPlan({ delete: DELETE, key: ['id'] }),
);

/** The feeds' days lie in two months. */
const layouts = fc.constantFrom<PipelinePlan['layout']>(
  undefined,
  { partitionBy: 'month' },
  { partitionBy: 'month' },
  { partitionBy: 'year' },
);

const row = fc.record<FeedRow>({
  id: fc.integer({ min: 1, max: 4 }),
  line: fc.constantFrom('A', 'B'),
  day: fc.integer({ min: 0, max: 7 }),
  hour: fc.integer({ min: 0, max: 2 }),
  minutes: fc.constantFrom(null, 0, -0, 0.1, 0.2, 31, 1e15, -7.25),
  version: fc.constantFrom(null, 1, 2, 2, 3),
  op: fc.constantFrom('I', 'U', 'U', 'D'),
  lag: fc.constantFrom(0, 0, 5, 30, 60),
});

/** A feed, and one way of cutting it into batches; rows with a declared version may come in any order. */
export const feeds: fc.Arbitrary<Feed> = fc
  .record({
    plan: fc
      .tuple(plans, layouts)
      .map(([plan, layout]): PipelinePlan => (layout ? { ...plan, layout } : plan)),
    rows: fc.array(row, { minLength: 1, maxLength: 14 }),
    places: fc.array(fc.record({ batch: fc.nat(2), rank: fc.nat(1000), isSentTwice: fc.boolean() }), {
      minLength: 14,
      maxLength: 14,
    }),
  })
  .map(({ plan, rows, places }) => ({
    plan,
    rows,
    batches: plan.newest === undefined ? cutInOrder(plan, rows, places) : cutInAnyOrder(rows, places),
  }));

interface Place {
  readonly batch: number;
  readonly rank: number;
  readonly isSentTwice: boolean;
}

function cutInAnyOrder(rows: readonly FeedRow[], places: readonly Place[]): Feed['batches'] {
  const sent = rows.flatMap((item, index) => {
    const { batch, rank, isSentTwice } = places[index]!;
    const again = { item, batch: (batch + rank) % 3, rank: (rank * 7919) % 1000 };
    return [{ item, batch, rank }, ...(isSentTwice ? [again] : [])];
  });
  return [0, 1, 2]
    .map((batch) => sent.filter((place) => place.batch === batch).sort((a, b) => a.rank - b.rank))
    .map((batch) => batch.map(({ item }) => item))
    .filter((batch) => batch.length > 0);
}

/** Rows of one key keep their order; those of others move past each other. */
function cutInOrder(plan: PipelinePlan, rows: readonly FeedRow[], places: readonly Place[]): Feed['batches'] {
  const earliest = new Map<string, number>();
  const sent = rows.map((item, index) => {
    const key = keyOf(plan, item);
    const batch = Math.max(places[index]!.batch, earliest.get(key) ?? 0);
    earliest.set(key, batch);
    return { item, batch };
  });
  return [0, 1, 2]
    .map((batch) => sent.filter((place) => place.batch === batch).map(({ item }) => item))
    .filter((batch) => batch.length > 0);
}

export function keyOf({ key }: PipelinePlan, { id, day, hour }: FeedRow): string {
  return key.includes('happened') ? `${day}/${hour}/${id}` : String(id);
}

/** SQL of a relation like the accepted rows of a batch: typed, each with the place it came from. */
export function acceptedSql(rows: readonly FeedRow[]): string {
  const values = rows.map(({ id, line, day, hour, minutes, version, op, lag }, index) =>
    [
      id,
      `'${line}'`,
      instant(day * 24 + hour),
      minutes === null ? 'NULL' : `'${Object.is(minutes, -0) ? '-0' : minutes}'::DOUBLE`,
      version ?? 'NULL',
      `'${op}'`,
      instant(day * 24 + hour + lag),
      0,
      index + 2,
    ].join(', '),
  );
  const names = [...COLUMNS.map(({ name }) => name), '$object', '$line'].map((name) => `"${name}"`);
  const columns = COLUMNS.map(({ name, type }) => `CAST("${name}" AS ${SQL_TYPES[type]}) AS "${name}"`);
  return `SELECT ${COLUMNS.map(acceptedValue).join(', ')}, "$object"::INTEGER AS "$object", "$line"::BIGINT AS "$line"
    FROM (SELECT ${columns.join(', ')}, "$object", "$line" FROM (VALUES ${values.map((value) => `(${value})`).join(', ')}) AS v(${names.join(', ')}))`;
}

const SQL_TYPES: Readonly<Record<string, string>> = {
  integer: 'BIGINT',
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP',
  double: 'DOUBLE',
};

function instant(hours: number): string {
  return `'${new Date(Date.UTC(2024, 0, 30, hours)).toISOString().slice(0, 19)}'`;
}
