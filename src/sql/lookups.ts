import type { JsonValue } from '../domain/canonical-json';
import type { AggregateWindowPlan, PipelinePlan, QueryWindowPlan, WindowPlan } from '../domain/plan';
import { sharedOverColumns } from './features';
import { typedFiles } from './parquet';
import { identifier, identifiers, indent, text } from './quote';
import { rowOrder } from './row-order';
import { isQueryWindow, latestQuerySql, queryTable, withoutHistorySql } from './query-windows';
import { isRowWindow, latestRowsSql, type RowWindowPlan } from './row-windows';
import { DAY, EVENT_TIME_COLUMN, KNOWN_DAY_COLUMN, overColumn, storedName } from './stored-names';
import { featureColumns } from './table-columns';
import { dailyAggregates, windowTotals, windowValue } from './window-aggregates';
import { dailySql, windowGroups } from './windows';

/** As much of a query session as lookups need. */
interface LookupSession {
  readonly execute: (sql: string) => Promise<void>;
  readonly rows: (sql: string) => Promise<readonly Readonly<Record<string, JsonValue>>[]>;
}

/** The windows' values for requests that arrive on the day after the table's newest day. */
export interface LookupsDocument {
  readonly formatVersion: 1;
  readonly windows: readonly {
    readonly name: string;
    readonly over: readonly string[];
    /** A key without an entry has 0 when this is `count`, else no value. */
    readonly aggregate: WindowPlan['aggregate'];
    /** Of a query: what a key without an entry has; absent = no value. */
    readonly withoutHistory?: number;
    /** By the key's values, as texts in a JSON array; null = no value, where a key without an entry has one. */
    readonly values: Readonly<Record<string, number | null>>;
  }[];
}

/** The session refuses more rows at once. */
const PAGE_ROWS = 10_000;

/** `lookups`: {window, key, value} for every window and key, from local files of the feature table. */
export function lookupsSql(plan: PipelinePlan, filesGlob: string): readonly string[] {
  const day = `CAST(CAST(${identifier(EVENT_TIME_COLUMN)} AS TIMESTAMP) AS DATE)`;
  const groups = windowGroups(plan);
  return [
    `CREATE TABLE row_features AS
SELECT ${['*', ...sharedOverColumns(plan)].join(', ')}, ${day} AS ${DAY}
FROM ${typedFiles(featureColumns(plan), filesGlob)}`,
    ...groups.map((group) => dailySql(plan, group)),
    'CREATE TABLE lookups ("window" VARCHAR, key VARCHAR, value DOUBLE)',
    ...groups.flatMap(({ number, windows }) =>
      windows.map((window) => lookupSql(plan, window, dailySource(plan, window, number))),
    ),
    ...plan.windows.filter(isRowWindow).map((window) => lookupSql(plan, window, recentSource(plan, window))),
    ...plan.windows.filter(isQueryWindow).flatMap((window) => queryLookupSql(plan, window)),
  ];
}

/** The newest day belongs to the window of the day after it, as far as it was known then. */
function dailySource(plan: PipelinePlan, { days }: AggregateWindowPlan, group: number): string {
  const newest = `(SELECT max(${DAY}) FROM row_features)`;
  const known = plan.knownAt === undefined ? '' : `\n    AND ${identifier(KNOWN_DAY_COLUMN)} <= ${newest}`;
  return `daily_${group}
  WHERE ${DAY} > ${newest} - ${days}${known}`;
}

/** A request comes after all rows of the table. */
function recentSource(plan: PipelinePlan, window: RowWindowPlan): string {
  const keys = identifiers(window.over.map(overColumn));
  return `(
    SELECT ${keys}, ${dailyAggregates(plan, window, rowOrder(plan)).join(', ')}
    FROM (${latestRowsSql(plan, window)})
    GROUP BY ${keys}
  )`;
}

function queryLookupSql(plan: PipelinePlan, window: QueryWindowPlan): readonly string[] {
  return [
    ...latestQuerySql(plan, window),
    `INSERT INTO lookups
SELECT ${text(window.name)}, ${keySql(window)}, ${identifier(storedName(window.name))} FROM ${queryTable(window)}`,
  ];
}

function lookupSql(plan: PipelinePlan, window: AggregateWindowPlan, source: string): string {
  return `INSERT INTO lookups
SELECT ${text(window.name)}, key, ${windowValue(plan, window)} AS value
FROM (
  SELECT ${keySql(window)} AS key,
    ${indent(windowTotals(plan, window), 4)}
  FROM ${source}
  GROUP BY key
)
WHERE value IS NOT NULL`;
}

/** The key's values, as texts in a JSON array. */
function keySql({ over }: WindowPlan): string {
  const key = over.map((name) => `CAST(${identifier(overColumn(name))} AS VARCHAR)`).join(', ');
  return `CAST(json_array(${key}) AS VARCHAR)`;
}

/** Reads the lookups into the document that a model carries. */
export async function lookupsDocument(
  session: LookupSession,
  plan: PipelinePlan,
  filesGlob: string,
): Promise<LookupsDocument> {
  for (const statement of lookupsSql(plan, filesGlob)) await session.execute(statement);
  const windows: LookupsDocument['windows'][number][] = [];
  for (const window of plan.windows) {
    const { name, over, aggregate } = window;
    const values = await readValues(session, name);
    windows.push({ name, over, aggregate, ...(await withoutHistory(session, plan, window)), values });
  }
  return { formatVersion: 1, windows };
}

async function withoutHistory(
  session: LookupSession,
  plan: PipelinePlan,
  window: WindowPlan,
): Promise<{ readonly withoutHistory?: number }> {
  if (!isQueryWindow(window)) return {};
  const [row] = await session.rows(withoutHistorySql(plan, window));
  const value = (row?.['value'] ?? null) as number | null;
  return value === null ? {} : { withoutHistory: value };
}

async function readValues(
  session: LookupSession,
  window: string,
): Promise<Readonly<Record<string, number | null>>> {
  const values: [string, number | null][] = [];
  for (let offset = 0; offset === values.length; offset += PAGE_ROWS) {
    const page = await session.rows(
      `SELECT key, value FROM lookups WHERE "window" = ${text(window)} ORDER BY key LIMIT ${PAGE_ROWS} OFFSET ${offset}`,
    );
    values.push(
      ...page.map((row): [string, number | null] => [row['key'] as string, row['value'] as number | null]),
    );
  }
  return Object.fromEntries(values);
}
