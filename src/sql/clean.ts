import type { PipelinePlan } from '../domain/plan';
import { sqlType, toStored } from './column-types';
import { typedFiles } from './parquet';
import { identifier, identifiers, indent, text } from './quote';
import { LINE, OBJECT } from './staging-names';
import { DAY, storedName } from './stored-names';
import { cleanColumns } from './table-columns';

/** `batch`: the accepted rows; of rows with one key only the newest (later file, then later line). */
export function batchTableSql(plan: PipelinePlan, acceptedPath: string): string {
  return `CREATE TABLE batch AS
SELECT ${columnNames(plan)}, ${dayOfEvent(plan)} AS ${DAY}
FROM read_parquet(${text(acceptedPath)})
QUALIFY row_number() OVER (PARTITION BY ${identifiers(plan.key)} ORDER BY ${OBJECT} DESC, ${LINE} DESC) = 1`;
}

/** One row `{accepted, distinct}`: accepted rows, and how many keys they have. */
export function acceptedCountsSql(plan: PipelinePlan, acceptedPath: string): string {
  const keys = `SELECT count(*) AS rows FROM read_parquet(${text(acceptedPath)}) GROUP BY ${identifiers(plan.key)}`;
  return `SELECT CAST(coalesce(sum(rows), 0) AS BIGINT) AS accepted, count(*) AS "distinct" FROM (${keys})`;
}

/** Rows `{day}` of the batch. */
export const BATCH_DAYS_SQL = `SELECT DISTINCT strftime(${DAY}, '%Y-%m-%d') AS day FROM batch ORDER BY day`;

/** `table_rows`: what clean files hold, under the plan's own names and types. */
export function tableRowsViewSql(plan: PipelinePlan, files: readonly string[] | string): string {
  const values = plan.columns.map((column) => {
    const [stored, name] = [identifier(storedName(column.name)), identifier(column.name)];
    return `CAST(${stored} AS ${sqlType(column)}) AS ${name}`;
  });
  return `CREATE OR REPLACE VIEW table_rows AS
SELECT
  ${indent(values)}
FROM ${typedFiles(cleanColumns(plan), files)}`;
}

/** Rows `{day}`: where rows lie that the batch replaces. Needed only when the key does not contain the event time. */
export function replacedDaysSql(plan: PipelinePlan): string {
  return `SELECT DISTINCT strftime(${dayOfEvent(plan)}, '%Y-%m-%d') AS day
FROM table_rows SEMI JOIN batch USING (${identifiers(plan.key)})
ORDER BY day`;
}

/** `merged`: the touched partitions as they will be; a row of the batch wins over the table's of the same key. */
export function mergedTableSql(plan: PipelinePlan): string {
  return `CREATE TABLE merged AS
SELECT * FROM batch
UNION ALL
SELECT ${columnNames(plan)}, ${dayOfEvent(plan)} AS ${DAY}
FROM table_rows ANTI JOIN batch USING (${identifiers(plan.key)})
ORDER BY ${DAY}, ${identifiers(plan.key)}`;
}

/** Rows `{day, rows}` of the touched partitions. */
export const MERGED_DAYS_SQL = daysOf('merged');

/** What files of the clean table hold, of the rows of `merged`. */
export function cleanValues(plan: PipelinePlan): readonly string[] {
  return plan.columns.map(({ name, type }) => toStored({ name: storedName(name), type }, identifier(name)));
}

export function daysOf(table: 'merged' | 'feature_rows'): string {
  return `SELECT strftime(${DAY}, '%Y-%m-%d') AS day, count(*) AS rows FROM ${table} GROUP BY ${DAY} ORDER BY day`;
}

export function dayOfEvent(plan: PipelinePlan): string {
  return `CAST(${identifier(plan.eventTime)} AS DATE)`;
}

function columnNames(plan: PipelinePlan): string {
  return identifiers(plan.columns.map(({ name }) => name));
}
