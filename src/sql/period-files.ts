import { firstDay, lastDay, type Period } from '../domain/period';
import { identifier, text } from './quote';
import { PARQUET_OPTIONS, ROW_GROUP_ROWS } from './parquet';
import { DAY } from './stored-names';

/** Where the rows of files come from, in an engine of one thread. */
export interface RowSource {
  readonly relation: 'merged' | 'feature_rows' | 'tombstones';
  /** SQL of the values that files hold. */
  readonly values: readonly string[];
  /** What to sort by; absent = the relation is a table in order. */
  readonly order?: string;
}

/** Periods of fewer rows are cheaper when the rows of all are put in order at once. */
const MIN_ROWS_APART = 20_000;

/**
 * Whether each period is worth a query of its own, which spares a table of all their rows.
 *
 * @param minRows of a period, on average
 */
export function areSortedApart(
  periods: readonly { readonly rows: number }[],
  minRows = MIN_ROWS_APART,
): boolean {
  return periods.reduce((sum, { rows }) => sum + rows, 0) >= minRows * periods.length;
}

/**
 * The file of one period, written by an engine of one thread: equal rows give equal bytes. What lies in order in a table
 * is copied; a file of several row groups from a table of its own, because where groups are cut follows from where rows
 * lie in the table, that is, from what lies before them.
 */
export function copyPeriodSql(
  { relation, values, order }: RowSource,
  { period, rows }: { readonly period: Period; readonly rows: number },
  path: string,
): string {
  const select = `SELECT ${values.join(', ')} FROM ${relation}
  WHERE ${DAY} BETWEEN DATE ${text(firstDay(period))} AND DATE ${text(lastDay(period))}`;
  const target = `TO ${text(path)} ${PARQUET_OPTIONS}`;
  if (order !== undefined) return `COPY (\n  ${select}\n  ORDER BY ${order}\n) ${target}`;
  if (rows <= ROW_GROUP_ROWS) return `COPY (\n  ${select}\n) ${target}`;
  const own = identifier(`${relation} ${period}`);
  return `CREATE TABLE ${own} AS\n  ${select};
COPY ${own} ${target};
DROP TABLE ${own}`;
}
