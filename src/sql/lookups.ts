import type { JsonValue } from '../domain/canonical-json';
import type { PipelinePlan, WindowAggregate, WindowPlan } from '../domain/plan';
import { typedFiles } from './parquet';
import { identifier, identifiers, indent, text } from './quote';
import { rowOrder } from './row-order';
import { isRowWindow, latestRowsSql, type RowWindowPlan } from './row-windows';
import { DAY, EVENT_TIME_COLUMN, KNOWN_DAY_COLUMN, overColumn } from './stored-names';
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
    readonly aggregate: WindowAggregate;
    /** By the key's values, as texts in a JSON array. */
    readonly values: Readonly<Record<string, number>>;
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
SELECT *, ${day} AS ${DAY}
FROM ${typedFiles(featureColumns(plan), filesGlob)}`,
    ...groups.map((group) => dailySql(plan, group)),
    'CREATE TABLE lookups ("window" VARCHAR, key VARCHAR, value DOUBLE)',
    ...groups.flatMap(({ number, windows }) =>
      windows.map((window) => lookupSql(window, dailySource(plan, window, number))),
    ),
    ...plan.windows.filter(isRowWindow).map((window) => lookupSql(window, recentSource(plan, window))),
  ];
}

/** The newest day belongs to the window of the day after it, as far as it was known then. */
function dailySource(plan: PipelinePlan, { days }: WindowPlan, group: number): string {
  const newest = `(SELECT max(${DAY}) FROM row_features)`;
  const known = plan.knownAt === undefined ? '' : `\n    AND ${identifier(KNOWN_DAY_COLUMN)} <= ${newest}`;
  return `daily_${group}
  WHERE ${DAY} > ${newest} - ${days}${known}`;
}

/** A request comes after all rows of the table. */
function recentSource(plan: PipelinePlan, window: RowWindowPlan): string {
  const keys = identifiers(window.over.map(overColumn));
  return `(
    SELECT ${keys}, ${dailyAggregates(window, rowOrder(plan)).join(', ')}
    FROM (${latestRowsSql(plan, window)})
    GROUP BY ${keys}
  )`;
}

function lookupSql(window: WindowPlan, source: string): string {
  const key = window.over.map((name) => `CAST(${identifier(overColumn(name))} AS VARCHAR)`).join(', ');
  return `INSERT INTO lookups
SELECT ${text(window.name)}, key, ${windowValue(window)} AS value
FROM (
  SELECT CAST(json_array(${key}) AS VARCHAR) AS key,
    ${indent(windowTotals(window), 4)}
  FROM ${source}
  GROUP BY key
)
WHERE value IS NOT NULL`;
}

/** Reads the lookups into the document that a model carries. */
export async function lookupsDocument(
  session: LookupSession,
  plan: PipelinePlan,
  filesGlob: string,
): Promise<LookupsDocument> {
  for (const statement of lookupsSql(plan, filesGlob)) await session.execute(statement);
  const windows: LookupsDocument['windows'][number][] = [];
  for (const { name, over, aggregate } of plan.windows) {
    windows.push({ name, over, aggregate, values: await readValues(session, name) });
  }
  return { formatVersion: 1, windows };
}

async function readValues(session: LookupSession, window: string): Promise<Readonly<Record<string, number>>> {
  const values: [string, number][] = [];
  for (let offset = 0; offset === values.length; offset += PAGE_ROWS) {
    const page = await session.rows(
      `SELECT key, value FROM lookups WHERE "window" = ${text(window)} ORDER BY key LIMIT ${PAGE_ROWS} OFFSET ${offset}`,
    );
    values.push(...page.map((row): [string, number] => [row['key'] as string, row['value'] as number]));
  }
  return Object.fromEntries(values);
}
