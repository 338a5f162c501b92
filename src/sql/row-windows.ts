import type { AggregateWindowPlan, PipelinePlan, WindowPlan } from '../domain/plan';
import { identifier, identifiers } from './quote';
import { rowOrder } from './row-order';
import { DAY, EVENT_TIME_COLUMN, inputColumn, overColumn, storedName } from './stored-names';
import { dailyAggregates, windowTotals, windowValue } from './window-aggregates';

export type RowWindowPlan = AggregateWindowPlan & Required<Pick<AggregateWindowPlan, 'rows'>>;

export function isRowWindow(window: WindowPlan): window is RowWindowPlan {
  return window.aggregate !== 'query' && window.rows !== undefined;
}

const TIME = identifier(EVENT_TIME_COLUMN);

/**
 * `recent_<window>`: what a row sees that looks at the last rows of its key before its own time. Rows with a value are
 * numbered in the order of time; a moment at which `before` of them have passed sees the last ones up to that number.
 */
export function recentSql(plan: PipelinePlan, window: RowWindowPlan): string {
  const keys = window.over.map(overColumn);
  const value = `isfinite(${identifier(inputColumn(plan, window))})`;
  const same = keys.map((name) => `seen.${identifier(name)} IS NOT DISTINCT FROM own.${identifier(name)}`);
  const moment = [...keys.map(identifier), TIME].join(', ');
  const own = [...keys.map(identifier), TIME].map((name) => `own.${name}`).join(', ');
  return `CREATE TABLE ${tableOf(window)} AS
WITH passed AS (
  SELECT DISTINCT ${identifiers(keys)}, ${TIME}, ${DAY}, count(*) FILTER (WHERE ${value}) OVER (
    PARTITION BY ${identifiers(keys)} ORDER BY ${TIME}
    RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP
  ) AS before
  FROM row_features
),
seen AS (
  SELECT *, ${rowOrder(plan)} AS "$order", row_number() OVER (PARTITION BY ${identifiers(keys)} ORDER BY ${rowOrder(plan)}) AS number
  FROM row_features WHERE ${value}
)
SELECT ${moment}, ${windowValue(plan, window)} AS ${identifier(storedName(window.name))}
FROM (
  SELECT ${moment}, ${windowTotals(plan, window).join(', ')}
  FROM (
    SELECT ${own}, ${dailyAggregates(plan, window, 'seen."$order"').join(', ')}
    FROM (
      SELECT *, unnest(range(greatest(before - ${window.rows}, 0) + 1, before + 1)) AS number FROM passed
    ) AS own
    JOIN seen ON seen.number = own.number AND ${same.join(' AND ')} AND seen.${DAY} >= own.${DAY} - ${window.days}
    GROUP BY ${own}
  )
  GROUP BY ${moment}
)`;
}

/** Of the rows that `rows` holds, those that a request after the newest of them sees; see lookups.ts. */
export function latestRowsSql(plan: PipelinePlan, window: RowWindowPlan): string {
  return `SELECT * FROM row_features
  WHERE isfinite(${identifier(inputColumn(plan, window))})
    AND ${DAY} > (SELECT max(${DAY}) FROM row_features) - ${window.days}
  QUALIFY row_number() OVER (
    PARTITION BY ${identifiers(window.over.map(overColumn))} ORDER BY ${rowOrder(plan)} DESC
  ) <= ${window.rows}`;
}

export function recentValue(window: RowWindowPlan): string {
  const value = `${tableOf(window)}.${identifier(storedName(window.name))}`;
  return window.aggregate === 'count'
    ? `coalesce(${value}, 0) AS ${identifier(storedName(window.name))}`
    : value;
}

export function recentJoin(window: RowWindowPlan): string {
  const table = tableOf(window);
  const same = window.over
    .map((name) => identifier(overColumn(name)))
    .map((name) => `row.${name} IS NOT DISTINCT FROM ${table}.${name}`);
  return `\nLEFT JOIN ${table} ON row.${TIME} = ${table}.${TIME} AND ${same.join(' AND ')}`;
}

function tableOf({ name }: WindowPlan): string {
  return identifier(`recent_${name}`);
}
