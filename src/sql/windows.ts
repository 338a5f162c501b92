import type { PipelinePlan, WindowPlan } from '../domain/plan';
import { exactSumParts, exactSumTotals, exactSumValue } from './exact-sum';
import { identifier, identifiers, indent } from './quote';
import { DAY, inputColumn, overColumn, storedName } from './stored-names';

/**
 * Rolling windows in three steps whose cost follows the number of days, not of rows: sums per key and day; a window
 * over those days; a join back to the rows. See exact-sum.ts for why a value is the same in whatever order it is made.
 */
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

/** Exactly what each aggregate needs to go on over days. NaN and infinity are no values. */
function dailyAggregates(window: WindowPlan): readonly string[] {
  const input = identifier(inputColumn(window));
  const count = `count(${input}) FILTER (WHERE isfinite(${input})) AS ${part(window, 'count')}`;
  switch (window.aggregate) {
    case 'count':
      return [count];
    case 'sum':
    case 'mean':
      return [count, ...exactSumParts(input, (name) => part(window, name))];
    case 'min':
    case 'max':
      return [
        `${window.aggregate}(${input}) FILTER (WHERE isfinite(${input})) AS ${part(window, window.aggregate)}`,
      ];
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
  const totals = windows.flatMap((window) => windowTotals(window, `OVER last_${window.days}`));
  const values = windows.map((window) => `${windowValue(window)} AS ${identifier(storedName(window.name))}`);
  return `CREATE TABLE rolling_${number} AS
SELECT ${keys}, ${DAY},
  ${indent(values)}
FROM (
  SELECT ${keys}, ${DAY},
    ${indent(totals, 4)}
  FROM daily_${number}
  WINDOW ${indent(frames, 4)}
)`;
}

/** The daily aggregates of several days taken together; `over` says of which days ('' = of all in the group). */
export function windowTotals(window: WindowPlan, over = ''): readonly string[] {
  const count = `${`sum(${part(window, 'count')}) ${over}`.trim()} AS ${part(window, 'count')}`;
  switch (window.aggregate) {
    case 'count':
      return [count];
    case 'sum':
    case 'mean':
      return [count, ...exactSumTotals((name) => part(window, name), over)];
    case 'min':
    case 'max': {
      const extreme = part(window, window.aggregate);
      return [`${`${window.aggregate}(${extreme}) ${over}`.trim()} AS ${extreme}`];
    }
  }
}

/** The window's value out of its totals. Without any input: 0 for `count`, else NULL. */
export function windowValue(window: WindowPlan): string {
  const count = part(window, 'count');
  const sum = exactSumValue((name) => part(window, name));
  switch (window.aggregate) {
    case 'count':
      return `CAST(coalesce(${count}, 0) AS DOUBLE)`;
    case 'sum':
      return `CASE WHEN ${count} > 0 THEN ${sum} END`;
    case 'mean':
      return `CASE WHEN ${count} > 0 THEN (${sum}) / CAST(${count} AS DOUBLE) END`;
    case 'min':
    case 'max':
      return part(window, window.aggregate);
  }
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
