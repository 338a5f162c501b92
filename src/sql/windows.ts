import type { DaySpan } from '../domain/period';
import type { AggregateWindowPlan, PipelinePlan, WindowPlan } from '../domain/plan';
import { identifier, identifiers, indent } from './quote';
import { isQueryWindow, queryJoin, queryTable, queryWindowSql } from './query-windows';
import { isRowWindow, recentJoin, recentSql, recentValue } from './row-windows';
import { DAY, KNOWN_DAY_COLUMN, overColumn, storedName } from './stored-names';
import { rowOrder } from './row-order';
import { dailyAggregates, windowTotals, windowValue } from './window-aggregates';

/**
 * Rolling windows in three steps whose cost follows the number of days, not of rows: sums per key and day; a window
 * over those days; a join back to the rows. See exact-sum.ts for why a value is the same in whatever order it is made.
 * Windows of the last rows are made apart (row-windows.ts).
 */
export interface WindowGroup {
  readonly number: number;
  readonly over: readonly string[];
  readonly windows: readonly AggregateWindowPlan[];
}

/** Windows that share their keys share one table; where values become known later, their length as well. */
export function windowGroups({
  windows,
  knownAt,
}: Pick<PipelinePlan, 'windows' | 'knownAt'>): readonly WindowGroup[] {
  const days = windows.filter(isDayWindow);
  const shared = ({ over, days: length }: WindowPlan): string =>
    JSON.stringify(knownAt === undefined ? over : [over, length]);
  return [...new Set(days.map(shared))].map((key, number) => {
    const members = days.filter((window) => shared(window) === key);
    return { number, over: members[0]?.over ?? [], windows: members };
  });
}

function isDayWindow(window: WindowPlan): window is AggregateWindowPlan {
  return !isQueryWindow(window) && !isRowWindow(window);
}

/**
 * `daily_<n>` and `rolling_<n>` for each group of windows, `recent_<window>` for each window of the last rows,
 * `query_<window>` for each with a query of its own.
 *
 * @param wanted the days whose values are wanted
 */
export function rollingTablesSql(plan: PipelinePlan, wanted: readonly DaySpan[]): readonly string[] {
  const groups = windowGroups(plan).flatMap((group) => [
    dailySql(plan, group),
    plan.knownAt === undefined ? rollingSql(plan, group) : knownRollingSql(plan, group),
  ]);
  return [
    ...groups,
    ...plan.windows.filter(isRowWindow).map((window) => recentSql(plan, window)),
    ...plan.windows.filter(isQueryWindow).flatMap((window) => queryWindowSql(plan, window, wanted)),
  ];
}

/** Where values become known later, each day's rows apart by the day on which they did. */
export function dailySql(plan: PipelinePlan, { number, over, windows }: WindowGroup): string {
  const known = plan.knownAt === undefined ? [] : [identifier(KNOWN_DAY_COLUMN)];
  const keys = [...over.map((name) => identifier(overColumn(name))), DAY, ...known].join(', ');
  return `CREATE TABLE daily_${number} AS
SELECT ${keys},
  ${indent([...new Set(windows.flatMap((window) => dailyAggregates(plan, window, rowOrder(plan))))])}
FROM row_features
GROUP BY ${keys}`;
}

/** Days are numbered, so that the frame is one of integers: from `days` before up to yesterday. */
function rollingSql(plan: PipelinePlan, { number, over, windows }: WindowGroup): string {
  const keys = identifiers(over.map(overColumn));
  const lengths = [...new Set(windows.map(({ days }) => days))];
  const frames = lengths.map(
    (days) =>
      `last_${days} AS (PARTITION BY ${keys} ORDER BY ${DAY} - DATE '1970-01-01' ` +
      `RANGE BETWEEN ${days} PRECEDING AND 1 PRECEDING)`,
  );
  const totals = windows.flatMap((window) => windowTotals(plan, window, `OVER last_${window.days}`));
  const values = windows.map(
    (window) => `${windowValue(plan, window)} AS ${identifier(storedName(window.name))}`,
  );
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

/** What was known on the day before, of the days of the window: each day of a key looks at its days one by one. */
function knownRollingSql(plan: PipelinePlan, { number, over, windows }: WindowGroup): string {
  const keys = over.map((name) => identifier(overColumn(name)));
  const same = keys.map((name) => `daily.${name} IS NOT DISTINCT FROM own.${name}`);
  const own = [...keys, DAY].map((name) => `own.${name}`).join(', ');
  const values = windows.map(
    (window) => `${windowValue(plan, window)} AS ${identifier(storedName(window.name))}`,
  );
  return `CREATE TABLE rolling_${number} AS
SELECT ${[...keys, DAY].join(', ')},
  ${indent(values)}
FROM (
  SELECT ${own},
    ${indent(
      windows.flatMap((window) => windowTotals(plan, window)),
      4,
    )}
  FROM (SELECT DISTINCT ${[...keys, DAY].join(', ')} FROM row_features) AS own
  LEFT JOIN daily_${number} AS daily ON ${same.join(' AND ')}
    AND daily.${DAY} BETWEEN own.${DAY} - ${windows[0]?.days ?? 0} AND own.${DAY} - 1
    AND daily.${identifier(KNOWN_DAY_COLUMN)} < own.${DAY}
  GROUP BY ${own}
)`;
}

/** The windows as columns of the join, in the plan's order. */
export function windowValues(plan: PipelinePlan): readonly string[] {
  const groups = windowGroups(plan);
  return plan.windows.map((window) => {
    if (isRowWindow(window)) return recentValue(window);
    if (isQueryWindow(window)) return `${queryTable(window)}.${identifier(storedName(window.name))}`;
    const group = groups.find(({ windows }) => windows.includes(window));
    return `rolling_${group?.number ?? 0}.${identifier(storedName(window.name))}`;
  });
}

/** Rows without a key value share the window of all such rows, as they do in serving. */
export function rollingJoins(plan: PipelinePlan): string {
  const days = windowGroups(plan).map(({ number, over }) => {
    const table = `rolling_${number}`;
    const same = over
      .map((name) => identifier(overColumn(name)))
      .map((name) => `row.${name} IS NOT DISTINCT FROM ${table}.${name}`);
    return `\nLEFT JOIN ${table} ON row.${DAY} = ${table}.${DAY} AND ${same.join(' AND ')}`;
  });
  return [
    ...days,
    ...plan.windows.filter(isRowWindow).map(recentJoin),
    ...plan.windows.filter(isQueryWindow).map(queryJoin),
  ].join('');
}
