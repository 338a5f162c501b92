import { PARQUET_OPTIONS, readParquet } from './parquet';
import { identifiers, text } from './quote';
import { eventDayOf } from './training-set';

/** Stored names of columns. */
export interface RowOrder {
  readonly eventTime: string;
  readonly key: readonly string[];
}

/** One statement: the rows of several files of a partition in one file, in the order in which the stages write them. */
export function compactSql(files: readonly string[], { eventTime, key }: RowOrder, path: string): string {
  return `COPY (
  SELECT * FROM ${readParquet(files)}
  ORDER BY ${eventDayOf(eventTime)}, ${identifiers(key)}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}
