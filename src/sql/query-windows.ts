import { sliceDays, type DaySpan } from '../domain/period';
import type { ColumnPlan, PipelinePlan, QueryWindowPlan, WindowPlan } from '../domain/plan';
import { columnDefinition, sqlType } from './column-types';
import { compiledHistoryQuery, HISTORY } from './history-query';
import { VISIBLE } from './history-query-problem';
import { identifier, identifiers, indent, text } from './quote';
import { DAY, historyColumn, historyColumns, KNOWN_DAY_COLUMN, overColumn, storedName } from './stored-names';

export function isQueryWindow(window: WindowPlan): window is QueryWindowPlan {
  return window.aggregate === 'query';
}

/** How many days before the row one of its history lies; a column of the pipeline with this name takes its place. */
export const DAYS_AGO = 'days_ago';

/** The day that sees a row of the history. */
const SEEN_ON = identifier('$seen_on');
/** The key and day that look back. */
const OWN = identifier('$own');

/**
 * `query_<window>`: for each key and day the value of the window's own query over what that day sees. The query never
 * meets another row: where it says `history` it reads rows of the same key, each of which was copied to the days that
 * may see it, those after its own day and after the day on which it became known. So a row is read once per day of the
 * window. Days are taken a few at a time, since the values of a key are held in memory together.
 */
export function queryWindowSql(
  plan: PipelinePlan,
  window: QueryWindowPlan,
  days: readonly DaySpan[],
): readonly string[] {
  const keys = [...window.over.map((name) => identifier(overColumn(name))), DAY].join(', ');
  const values = (slice: readonly DaySpan[]): string => {
    const own = `SELECT DISTINCT ${keys} FROM row_features WHERE ${isWithin(slice)}`;
    return querySql(plan, window, own, daysSeen(window, slice));
  };
  const [first = [], ...others] = sliceDays(days, SLICE_DAYS);
  return [
    visibleViewSql(plan, window),
    `CREATE TABLE ${queryTable(window)} AS\n${values(first)}`,
    ...others.map((slice) => `INSERT INTO ${queryTable(window)}\n${values(slice)}`),
  ];
}

/** The same for requests that come on the day after the newest. */
export function latestQuerySql(plan: PipelinePlan, window: QueryWindowPlan): readonly string[] {
  const keys = window.over.map((name) => identifier(overColumn(name)));
  const newest = `(SELECT max(${DAY}) FROM row_features)`;
  const own = `SELECT DISTINCT ${keys.join(', ')}, ${newest} + 1 AS ${DAY} FROM row_features WHERE ${DAY} > ${newest} - ${window.days}`;
  return [
    visibleViewSql(plan, window),
    `CREATE TABLE ${queryTable(window)} AS\n${querySql(plan, window, own)}`,
  ];
}

/** One row `{value}`: what a key has that has no history. */
export function withoutHistorySql(plan: PipelinePlan, window: QueryWindowPlan): string {
  const nothing = `SELECT ${visibleNames(plan)} FROM ${identifier(VISIBLE)} WHERE false`;
  return `SELECT ${finite(`CAST((${compiledHistoryQuery(window.sql, nothing)}) AS DOUBLE)`)} AS value`;
}

export function queryTable({ name }: Pick<WindowPlan, 'name'>): string {
  return identifier(`query_${name}`);
}

export function queryJoin(window: QueryWindowPlan): string {
  const table = queryTable(window);
  const same = window.over
    .map((name) => identifier(overColumn(name)))
    .map((name) => `row.${name} IS NOT DISTINCT FROM ${table}.${name}`);
  return `\nLEFT JOIN ${table} ON row.${DAY} = ${table}.${DAY} AND ${same.join(' AND ')}`;
}

/** What a query may name, without rows; to try queries on. */
export function emptyHistorySql(plan: PipelinePlan): readonly string[] {
  const columns = [...plan.columns, ...daysAgo(plan)].map(columnDefinition);
  return [HISTORY, identifier(VISIBLE)].map(
    (name) => `CREATE OR REPLACE TABLE ${name} (\n  ${indent(columns)}\n)`,
  );
}

/** Both as they are written and as they are compiled; they read the tables of `emptyHistorySql`. */
export function historyQueryForms({ sql }: Pick<QueryWindowPlan, 'sql'>): {
  readonly written: string;
  readonly compiled: string;
} {
  return { written: sql, compiled: compiledHistoryQuery(sql, `SELECT * FROM ${identifier(VISIBLE)}`) };
}

const SLICE_DAYS = 31;

function isWithin(slice: readonly DaySpan[]): string {
  const spans = slice.map(({ from, to }) => `${DAY} BETWEEN ${date(from)} AND ${date(to)}`);
  return spans.length === 0 ? 'false' : spans.join(' OR ');
}

/** A row of `row_features` once for each day that lies within the window's reach. */
function visibleViewSql(plan: PipelinePlan, window: QueryWindowPlan): string {
  const named = historyColumns(plan).map((column) => {
    const value = `CAST(${identifier(historyColumn(column.name))} AS ${sqlType(column)})`;
    return `${value} AS ${identifier(column.name)}`;
  });
  const known = plan.knownAt === undefined ? [] : [identifier(KNOWN_DAY_COLUMN)];
  const ago = identifier('$ago');
  const kept = [...window.over.map((name) => identifier(overColumn(name))), ...named, ...known, DAY];
  const shown = daysAgo(plan).map(({ name }) => `${ago} AS ${identifier(name)}`);
  return `CREATE OR REPLACE VIEW ${identifier(VISIBLE)} AS
SELECT *, ${[...shown, `${DAY} + CAST(${ago} AS INTEGER) AS ${SEEN_ON}`].join(', ')}
FROM (
  SELECT ${indent([...kept, `unnest(range(1, ${window.days + 1})) AS ${ago}`], 4)}
  FROM row_features
)`;
}

function querySql(plan: PipelinePlan, window: QueryWindowPlan, own: string, within = ''): string {
  const keys = window.over.map((name) => identifier(overColumn(name)));
  const visible = identifier(VISIBLE);
  const same = keys.map((name) => `${visible}.${name} IS NOT DISTINCT FROM ${OWN}.${name}`);
  const conditions = [
    ...same,
    `${visible}.${SEEN_ON} = ${OWN}.${DAY}`,
    ...(plan.knownAt === undefined ? [] : [`${visible}.${identifier(KNOWN_DAY_COLUMN)} < ${OWN}.${DAY}`]),
    ...(within === '' ? [] : [`${visible}.${DAY} ${within}`]),
  ];
  const rows = `
      SELECT ${visibleNames(plan)} FROM ${visible}
      WHERE ${conditions.join(' AND ')}
    `;
  return `SELECT ${[...keys, DAY].join(', ')}, ${finite('value')} AS ${identifier(storedName(window.name))}
FROM (
  SELECT ${[...keys, DAY].map((name) => `${OWN}.${name}`).join(', ')}, CAST((
    ${compiledHistoryQuery(window.sql, rows)}
  ) AS DOUBLE) AS value
  FROM (${own}) AS ${OWN}
)`;
}

/** NaN and infinity are no values; -0 is 0. */
function finite(value: string): string {
  return `CASE WHEN isfinite(${value}) THEN ${value} + 0.0::DOUBLE END`;
}

/** The days whose rows a slice of days sees, said so that the engine need not look at the others. */
function daysSeen({ days }: QueryWindowPlan, slice: readonly DaySpan[]): string {
  const [first, last] = [slice[0], slice.at(-1)];
  return first && last ? `BETWEEN ${date(first.from)} - ${days} AND ${date(last.to)} - 1` : '';
}

function visibleNames(plan: PipelinePlan): string {
  const names = [...historyColumns(plan), ...daysAgo(plan)].map(({ name }) => name);
  return names.length === 0 ? '1 AS "$one"' : identifiers(names);
}

function daysAgo({ columns }: Pick<PipelinePlan, 'columns'>): readonly ColumnPlan[] {
  const isTaken = columns.some(({ name }) => name.toLowerCase() === DAYS_AGO);
  return isTaken ? [] : [{ name: DAYS_AGO, type: 'integer' }];
}

function date(value: string): string {
  return `DATE ${text(value)}`;
}
