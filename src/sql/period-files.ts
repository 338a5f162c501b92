import { firstDay, lastDay, type Period } from '../domain/period';
import { identifier, text } from './quote';
import { PARQUET_OPTIONS, ROW_GROUP_ROWS } from './parquet';
import { DAY } from './stored-names';

export interface SortedRows {
  /** A table sorted by day and key, which an engine of one thread made. */
  readonly table: 'merged' | 'feature_rows' | 'tombstones';
  /** SQL of the values that files hold. */
  readonly values: readonly string[];
}

/**
 * The file of one period, written by an engine of one thread: equal rows give equal bytes. DuckDB's PARTITION_BY would
 * write all periods at once, but not in the rows' order. A file of several row groups is written from a table of its
 * own, because where groups are cut follows from where rows lie in the table, that is, from what lies before them.
 */
export function copyPeriodSql(
  { table, values }: SortedRows,
  { period, rows }: { readonly period: Period; readonly rows: number },
  path: string,
): string {
  const select = `SELECT ${values.join(', ')} FROM ${table}
  WHERE ${DAY} BETWEEN DATE ${text(firstDay(period))} AND DATE ${text(lastDay(period))}`;
  if (rows <= ROW_GROUP_ROWS) return `COPY (\n  ${select}\n) TO ${text(path)} ${PARQUET_OPTIONS}`;
  const own = identifier(`${table} ${period}`);
  return `CREATE TABLE ${own} AS\n  ${select};
COPY ${own} TO ${text(path)} ${PARQUET_OPTIONS};
DROP TABLE ${own}`;
}
