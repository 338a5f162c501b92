import { identifier, indent, text } from './quote';
import { columnDefinition } from './column-types';
import type { StoredColumn } from './table-columns';

/** Fixed so that equal rows give equal bytes; 122,880 rows is DuckDB's own row group. */
export const ROW_GROUP_ROWS = 122_880;
/** No Bloom filters: partitions and statistics say where to look, and filters cost a twentieth of the writing. */
export const PARQUET_OPTIONS = `(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, WRITE_BLOOM_FILTER false)`;

/** Files that were downloaded from a table. Their folders look like Hive partitions, but all columns are inside. */
export function readParquet(files: readonly string[] | string): string {
  const list = typeof files === 'string' ? text(files) : `[${files.map(text).join(', ')}]`;
  return `read_parquet(${list}, hive_partitioning = false, union_by_name = true)`;
}

/**
 * A relation with exactly `columns`, whatever older files lack. It has its types even when there is no file at all.
 */
export function typedFiles(columns: readonly StoredColumn[], files: readonly string[] | string): string {
  const definitions = columns.map((column) => {
    const [name, type] = [
      identifier(column.name),
      columnDefinition(column).slice(identifier(column.name).length),
    ];
    return `CAST(NULL AS${type}) AS ${name}`;
  });
  const empty = `SELECT\n    ${indent(definitions, 4)}\n  WHERE false`;
  if (files.length === 0) return `(${empty})`;
  return `(${empty}\n  UNION ALL BY NAME SELECT * FROM ${readParquet(files)})`;
}
