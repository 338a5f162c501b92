import type { DaySpan, PartitionUnit } from '../domain/period';
import { partitionUnit, type PipelinePlan } from '../domain/plan';
import { fromStored, toStored } from './column-types';
import { typedFiles } from './parquet';
import { identifier, identifiers, indent, text } from './quote';
import { DELETED, isDelete, newestInBatch, versionOrder } from './row-versions';
import { LINE, OBJECT } from './staging-names';
import { DAY, storedName } from './stored-names';
import { cleanColumns } from './table-columns';

/** Rows `{period, rows}` of the accepted rows. */
export function acceptedPeriodsSql(plan: PipelinePlan, acceptedPath: string): string {
  return `SELECT ${periodOfSql(plan, DAY)} AS period, CAST(sum(rows) AS BIGINT) AS rows
FROM (
  SELECT ${dayOfEvent(plan)} AS ${DAY}, count(*) AS rows
  FROM read_parquet(${text(acceptedPath)})
  GROUP BY ${DAY}
)
GROUP BY period ORDER BY period`;
}

/**
 * `batch`: the accepted rows of some days; of rows with one key only the newest, which may be a delete. Keys that repeat
 * are few, so only their rows are put in order.
 */
export function batchTableSql(plan: PipelinePlan, acceptedPath: string, days: DaySpan): readonly string[] {
  const accepted = `read_parquet(${text(acceptedPath)})
  WHERE ${identifier(plan.eventTime)} >= DATE ${text(days.from)} AND ${identifier(plan.eventTime)} < DATE ${text(days.to)} + 1`;
  return [
    `CREATE TABLE outdated AS
SELECT ${OBJECT}, ${LINE}
FROM (
  SELECT *, ${isDelete(plan)} AS ${DELETED} FROM ${accepted}
)
SEMI JOIN (
  SELECT ${identifiers(plan.key)} FROM ${accepted}
  GROUP BY ${identifiers(plan.key)} HAVING count(*) > 1
) USING (${identifiers(plan.key)})
QUALIFY row_number() OVER (
  PARTITION BY ${identifiers(plan.key)}
  ORDER BY ${newestInBatch(plan)}
) > 1`,
    `CREATE TABLE batch AS
SELECT ${columnNames(plan)}, ${isDelete(plan)} AS ${DELETED}, ${dayOfEvent(plan)} AS ${DAY}
FROM (
  SELECT * FROM ${accepted}
)
ANTI JOIN outdated USING (${OBJECT}, ${LINE})`,
  ];
}

/** Rows `{period, keys, deletes}` of `batch`: how many keys there are, and those whose newest row deletes. */
export function batchCountsSql(plan: PipelinePlan): string {
  return `SELECT ${periodOfSql(plan, DAY)} AS period, CAST(sum(keys) AS BIGINT) AS keys, CAST(sum(deletes) AS BIGINT) AS deletes
FROM (
  SELECT ${DAY}, count(*) AS keys, count(*) FILTER (WHERE ${DELETED}) AS deletes FROM batch GROUP BY ${DAY}
)
GROUP BY period`;
}

/** `table_rows`: what clean files hold, under the plan's own names and types. */
export function tableRowsViewSql(plan: PipelinePlan, files: readonly string[] | string): string {
  const values = plan.columns.map((column) => fromStored(column, storedName(column.name)));
  return `CREATE OR REPLACE VIEW table_rows AS
SELECT
  ${indent(values)}
FROM ${typedFiles(cleanColumns(plan), files)}`;
}

/** Rows `{period}`: where rows lie that the batch replaces. Needed only when the key does not contain the event time. */
export function replacedPeriodsSql(plan: PipelinePlan): string {
  return `SELECT DISTINCT ${periodOfSql(plan, dayOfEvent(plan))} AS period
FROM table_rows SEMI JOIN batch USING (${identifiers(plan.key)})
ORDER BY period`;
}

/** `merged`: the touched partitions as they will be: of each key the newest row, unless that is a delete. */
export function mergedTableSql(plan: PipelinePlan): string {
  return plan.newest === undefined ? lastComeSql(plan) : newestSql(plan, plan.newest);
}

/** `merged`, in no order, where neither the table nor the tombstones hold anything for the touched partitions. */
export function unmergedViewSql(plan: PipelinePlan): string {
  return `CREATE OR REPLACE VIEW merged AS
SELECT ${columnNames(plan)}, ${DAY} FROM batch WHERE NOT ${DELETED}`;
}

/** The order of rows in files of the clean table. */
export function cleanOrder(plan: PipelinePlan): string {
  return orderByDay(plan, plan.key);
}

/** By the day and then the key, whose columns have these names. A key that begins with the time has its day in it. */
export function orderByDay({ key, eventTime }: PipelinePlan, names: readonly string[]): string {
  return key[0] === eventTime ? identifiers(names) : `${DAY}, ${identifiers(names)}`;
}

/** What comes later is newer: a row of the batch wins over the table's of the same key. */
function lastComeSql(plan: PipelinePlan): string {
  return `CREATE OR REPLACE TABLE merged AS
SELECT ${columnNames(plan)}, ${DAY} FROM batch WHERE NOT ${DELETED}
UNION ALL
SELECT ${columnNames(plan)}, ${dayOfEvent(plan)} AS ${DAY}
FROM table_rows ANTI JOIN batch USING (${identifiers(plan.key)})
ORDER BY ${cleanOrder(plan)}`;
}

/** The declared version decides, whichever came first; deletes are remembered in `tombstone_rows`. */
function newestSql(plan: PipelinePlan, newest: string): string {
  return `CREATE OR REPLACE TABLE merged AS
SELECT ${columnNames(plan)}, ${DAY}
FROM (
  SELECT * FROM (
    SELECT * FROM batch
    UNION ALL BY NAME SELECT *, false AS ${DELETED}, ${dayOfEvent(plan)} AS ${DAY} FROM table_rows${
      plan.delete
        ? `\n    UNION ALL BY NAME SELECT *, true AS ${DELETED}, ${dayOfEvent(plan)} AS ${DAY} FROM tombstone_rows`
        : ''
    }
  )
  QUALIFY row_number() OVER (
    PARTITION BY ${identifiers(plan.key)}
    ORDER BY ${indent(versionOrder(plan, newest), 4)}
  ) = 1
)
WHERE NOT ${DELETED}
ORDER BY ${cleanOrder(plan)}`;
}

/** What files of the clean table hold, of the rows of `merged`. */
export function cleanValues(plan: PipelinePlan): readonly string[] {
  return plan.columns.map((column) =>
    toStored({ ...column, name: storedName(column.name) }, identifier(column.name)),
  );
}

/** Rows `{period, rows}` of the partitions that a table's rows belong to. */
export function periodsSql(plan: PipelinePlan, table: string): string {
  return `SELECT ${periodOfSql(plan, DAY)} AS period, CAST(sum(rows) AS BIGINT) AS rows
FROM (SELECT ${DAY}, count(*) AS rows FROM ${table} GROUP BY ${DAY})
GROUP BY period ORDER BY period`;
}

const FORMATS: Readonly<Record<PartitionUnit, string>> = { day: '%Y-%m-%d', month: '%Y-%m', year: '%Y' };

/** The period that a day belongs to, as text. */
export function periodOfSql(plan: PipelinePlan, day: string): string {
  return `strftime(${day}, ${text(FORMATS[partitionUnit(plan)])})`;
}

export function dayOfEvent(plan: PipelinePlan): string {
  return `CAST(${identifier(plan.eventTime)} AS DATE)`;
}

function columnNames(plan: PipelinePlan): string {
  return identifiers(plan.columns.map(({ name }) => name));
}
