import { PARQUET_OPTIONS, readParquet } from './parquet';
import { identifiers, text } from './quote';

/** One statement: the rows of several files of a partition in one file, in the order of the table's key. */
export function compactSql(files: readonly string[], key: readonly string[], path: string): string {
  return `COPY (
  SELECT * FROM ${readParquet(files)}
  ORDER BY ${identifiers(key)}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}
