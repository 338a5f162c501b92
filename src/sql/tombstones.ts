import type { PipelinePlan } from '../domain/plan';
import { dayOfEvent, periodOfSql } from './clean';
import { fromStored, toStored } from './column-types';
import { typedFiles } from './parquet';
import { identifier, identifiers, indent, text } from './quote';
import { isDelete } from './row-versions';
import { DAY, storedName } from './stored-names';
import { tombstoneColumns, tombstonePlans } from './table-columns';

/**
 * Deletes are remembered beside the clean table, of each key the newest, so that a row that comes late and is older
 * than the delete of its key stays deleted. Which deletes are remembered depends on the rows alone, not on their order.
 */
export function tombstoneRowsViewSql(plan: PipelinePlan, files: readonly string[]): string {
  const values = tombstonePlans(plan).map((column) => fromStored(column, storedName(column.name)));
  return `CREATE OR REPLACE VIEW tombstone_rows AS
SELECT
  ${indent(values)}
FROM ${typedFiles(tombstoneColumns(plan), files)}`;
}

/** `batch_deletes`: the deletes among the accepted rows, whether they win or not. */
export function batchDeletesSql(plan: PipelinePlan, acceptedPath: string): string {
  return `CREATE TABLE batch_deletes AS
SELECT ${identifiers(tombstonePlans(plan).map(({ name }) => name))}
FROM read_parquet(${text(acceptedPath)})
WHERE ${isDelete(plan)}`;
}

/** Rows `{period}` whose tombstones change: those of the batch's deletes and those of the older deletes they replace. */
export function deletedPeriodsSql(plan: PipelinePlan): string {
  const period = `${periodOfSql(plan, dayOfEvent(plan))} AS period`;
  return `SELECT ${period} FROM batch_deletes
UNION SELECT ${period} FROM tombstone_rows SEMI JOIN batch_deletes USING (${identifiers(plan.key)})
ORDER BY period`;
}

/** `tombstones`: the changed partitions as they will be. */
export function tombstonesSql(plan: PipelinePlan & Required<Pick<PipelinePlan, 'newest'>>): string {
  return `CREATE OR REPLACE TABLE tombstones AS
SELECT *, ${dayOfEvent(plan)} AS ${DAY}
FROM (SELECT * FROM batch_deletes UNION ALL BY NAME SELECT * FROM tombstone_rows)
QUALIFY row_number() OVER (
  PARTITION BY ${identifiers(plan.key)}
  ORDER BY ${identifier(plan.newest)} DESC NULLS LAST, ${identifier(plan.eventTime)} DESC
) = 1
ORDER BY ${DAY}, ${identifiers(plan.key)}`;
}

/** Values of the tombstones' files, in the order of their columns. */
export function tombstoneValues(plan: PipelinePlan): readonly string[] {
  return tombstonePlans(plan).map(({ name, type }) =>
    toStored({ name: storedName(name), type }, identifier(name)),
  );
}
