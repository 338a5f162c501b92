import { identifier, identifiers, text } from './quote';
import { PARQUET_OPTIONS } from './parquet';
import { DAY } from './stored-names';

/**
 * Rows become one file per day in two steps: some tens of thousands of rows, of a few whole days, in a local file; then,
 * by an engine with one thread, each day by a COPY of its own. DuckDB's PARTITION_BY would do it at once, but not in the
 * rows' order, not even in one thread.
 */
export interface SortedRows {
  /** A table sorted by day and key. */
  readonly table: string;
  /** SQL of the values that files hold. */
  readonly values: readonly string[];
}

/** The rows from the first to the last day, and their day, in their order. */
export function exportDaysSql(
  { table, values }: SortedRows,
  path: string,
  firstDay: string,
  lastDay: string,
): string {
  return `COPY (
  SELECT ${values.join(', ')}, ${DAY} FROM ${table}
  WHERE ${DAY} BETWEEN DATE ${text(firstDay)} AND DATE ${text(lastDay)}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}

/** `days`: the exported rows. */
export function loadDaysSql(path: string): string {
  return `CREATE OR REPLACE TABLE days AS SELECT * FROM read_parquet(${text(path)})`;
}

/** One partition. The rows are in order already: equal rows give equal bytes. */
export function copyDaySql(columns: readonly { readonly name: string }[], day: string, path: string): string {
  return `COPY (
  SELECT ${identifiers(columns.map(({ name }) => name))} FROM days WHERE ${DAY} = DATE ${text(day)}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}

export function dropTableSql(table: string): string {
  return `DROP TABLE ${identifier(table)}`;
}
