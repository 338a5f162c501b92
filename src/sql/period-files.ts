import { firstDay, lastDay, type Period } from '../domain/period';
import { identifier, identifiers, text } from './quote';
import { PARQUET_OPTIONS } from './parquet';
import { DAY } from './stored-names';

/**
 * Rows become one file per period in two steps: some tens of thousands of rows, of a few whole periods, in a local file;
 * then, by an engine with one thread, each period by a COPY of its own. DuckDB's PARTITION_BY would do it at once, but not in the
 * rows' order, not even in one thread.
 */
export interface SortedRows {
  /** A table sorted by day and key. */
  readonly table: string;
  /** SQL of the values that files hold. */
  readonly values: readonly string[];
}

/** The rows from the first to the last period, and their day, in their order. */
export function exportPeriodsSql(
  { table, values }: SortedRows,
  path: string,
  first: Period,
  last: Period,
): string {
  return `COPY (
  SELECT ${values.join(', ')}, ${DAY} FROM ${table}
  WHERE ${within(first, last)}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}

/** `periods`: the exported rows. */
export function loadPeriodsSql(path: string): string {
  return `CREATE OR REPLACE TABLE periods AS SELECT * FROM read_parquet(${text(path)})`;
}

/** One partition. The rows are in order already: equal rows give equal bytes. */
export function copyPeriodSql(
  columns: readonly { readonly name: string }[],
  period: Period,
  path: string,
): string {
  return `COPY (
  SELECT ${identifiers(columns.map(({ name }) => name))} FROM periods WHERE ${within(period, period)}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}

function within(first: Period, last: Period): string {
  return `${DAY} BETWEEN DATE ${text(firstDay(first))} AND DATE ${text(lastDay(last))}`;
}

export function dropTableSql(table: string): string {
  return `DROP TABLE ${identifier(table)}`;
}
