import type { PipelinePlan, WindowPlan } from '../domain/plan';
import { identifier, identifiers, indent } from './quote';
import { DAY, inputColumn, overColumn, storedName } from './stored-names';

/**
 * Rolling windows in three steps whose cost follows the number of days, not of rows: sums per key and day; a window
 * over those days; a join back to the rows. Sums are DECIMAL, because sums of DOUBLE depend on the order of threads.
 */
const SUM_TYPE = 'DECIMAL(38, 6)';

export interface WindowGroup {
  readonly number: number;
  readonly over: readonly string[];
  readonly windows: readonly WindowPlan[];
}

/** Windows that share their keys share one table. */
export function windowGroups({ windows }: Pick<PipelinePlan, 'windows'>): readonly WindowGroup[] {
  const keys = [...new Set(windows.map(({ over }) => JSON.stringify(over)))];
  return keys.map((key, number) => ({
    number,
    over: JSON.parse(key) as readonly string[],
    windows: windows.filter(({ over }) => JSON.stringify(over) === key),
  }));
}

/** `daily_<n>` and `rolling_<n>` for each group of windows. */
export function rollingTablesSql(plan: PipelinePlan): readonly string[] {
  return windowGroups(plan).flatMap((group) => [dailySql(group), rollingSql(group)]);
}

export function dailySql({ number, over, windows }: WindowGroup): string {
  const keys = identifiers(over.map(overColumn));
  return `CREATE TABLE daily_${number} AS
SELECT ${keys}, ${DAY},
  ${indent(windows.flatMap(dailyAggregates))}
FROM row_features
GROUP BY ${keys}, ${DAY}`;
}

/** Exactly what each aggregate needs to go on over days. */
function dailyAggregates(window: WindowPlan): readonly string[] {
  const input = identifier(inputColumn(window));
  const sum = `sum(TRY_CAST(${input} AS ${SUM_TYPE})) AS ${part(window, 'sum')}`;
  const count = `count(TRY_CAST(${input} AS ${SUM_TYPE})) AS ${part(window, 'count')}`;
  switch (window.aggregate) {
    case 'count':
      return [`count(${input}) AS ${part(window, 'count')}`];
    case 'sum':
      return [sum];
    case 'mean':
      return [sum, count];
    case 'min':
    case 'max':
      return [`${window.aggregate}(${input}) AS ${part(window, window.aggregate)}`];
  }
}

/** Days are numbered, so that the frame is one of integers: from `days` before up to yesterday. */
function rollingSql({ number, over, windows }: WindowGroup): string {
  const keys = identifiers(over.map(overColumn));
  const lengths = [...new Set(windows.map(({ days }) => days))];
  const frames = lengths.map(
    (days) =>
      `last_${days} AS (PARTITION BY ${keys} ORDER BY ${DAY} - DATE '1970-01-01' ` +
      `RANGE BETWEEN ${days} PRECEDING AND 1 PRECEDING)`,
  );
  const values = windows.map(
    (window) => `${combined(window, `OVER last_${window.days}`)} AS ${identifier(storedName(window.name))}`,
  );
  return `CREATE TABLE rolling_${number} AS
SELECT ${keys}, ${DAY},
  ${indent(values)}
FROM daily_${number}
WINDOW ${indent(frames)}`;
}

/**
 * The window's value out of daily aggregates; `over` says of which days ('' = of all in the group).
 * Without any value: 0 for `count`, else NULL.
 */
function combined(window: WindowPlan, over: string): string {
  const total = (name: 'sum' | 'count'): string => `sum(${part(window, name)}) ${over}`.trim();
  switch (window.aggregate) {
    case 'count':
      return `CAST(coalesce(${total('count')}, 0) AS DOUBLE)`;
    case 'sum':
      return `CAST(${total('sum')} AS DOUBLE)`;
    case 'mean':
      return `CAST(${total('sum')} AS DOUBLE) / nullif(CAST(${total('count')} AS DOUBLE), 0)`;
    case 'min':
    case 'max':
      return `${window.aggregate}(${part(window, window.aggregate)}) ${over}`.trim();
  }
}

/** A window's value over all days of `daily_<n>` that a query keeps. */
export function windowTotal(window: WindowPlan): string {
  return combined(window, '');
}

/** The windows as columns of the join, in the plan's order. */
export function windowValues(plan: PipelinePlan): readonly string[] {
  const groups = windowGroups(plan);
  return plan.windows.map((window) => {
    const group = groups.find(({ windows }) => windows.includes(window));
    return `rolling_${group?.number ?? 0}.${identifier(storedName(window.name))}`;
  });
}

/** Rows without a key value share the window of all such rows, as they do in serving. */
export function rollingJoins(plan: PipelinePlan): string {
  return windowGroups(plan)
    .map(({ number, over }) => {
      const table = `rolling_${number}`;
      const same = over
        .map((name) => identifier(overColumn(name)))
        .map((name) => `row.${name} IS NOT DISTINCT FROM ${table}.${name}`);
      return `\nLEFT JOIN ${table} ON row.${DAY} = ${table}.${DAY} AND ${same.join(' AND ')}`;
    })
    .join('');
}

function part(window: WindowPlan, name: string): string {
  return identifier(`${window.name}$${name}`);
}
