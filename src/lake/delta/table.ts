import { formatS3Uri, type ObjectLocation } from '../../domain/s3-uri';
import { sha256Hex } from '../digest';
import type { TableColumn } from './schema';

/** Where a Delta table lies. */
export interface DeltaTable {
  readonly bucket: string;
  /** Key prefix without a slash at its end: `tables/flights/clean`. */
  readonly tableRoot: string;
}

/** What a table should look like; used by its first commit and when columns change. */
export interface TableDefinition {
  readonly name: string;
  /** Columns inside the files, without the partition columns. */
  readonly columns: readonly TableColumn[];
  /** @default ['year', 'month', 'day'] */
  readonly partitionColumns?: readonly string[];
}

export const DEFAULT_PARTITION_COLUMNS: readonly string[] = ['year', 'month', 'day'];

export function logPrefix(table: DeltaTable): string {
  return `${table.tableRoot}/_delta_log/`;
}

/** `_delta_log/00000000000000000042.json` */
export function commitLocation(table: DeltaTable, version: number): ObjectLocation {
  return { bucket: table.bucket, key: `${logPrefix(table)}${String(version).padStart(20, '0')}.json` };
}

/** `_delta_log/00000000000000000099.checkpoint.parquet` */
export function checkpointLocation(table: DeltaTable, version: number): ObjectLocation {
  const name = `${String(version).padStart(20, '0')}.checkpoint.parquet`;
  return { bucket: table.bucket, key: `${logPrefix(table)}${name}` };
}

/** Names the newest checkpoint; swap. */
export function lastCheckpointLocation(table: DeltaTable): ObjectLocation {
  return { bucket: table.bucket, key: `${logPrefix(table)}_last_checkpoint` };
}

export interface LogFile {
  readonly kind: 'commit' | 'checkpoint';
  readonly version: number;
}

/** What a key in the log's folder is; undefined for all that we neither write nor read. */
export function logFileOf(table: DeltaTable, key: string): LogFile | undefined {
  const match = /^(\d{20})\.(json|checkpoint\.parquet)$/.exec(key.slice(logPrefix(table).length));
  if (!match) return undefined;
  return { kind: match[2] === 'json' ? 'commit' : 'checkpoint', version: Number(match[1]) };
}

/** A UUID (version 8) that follows from the table's place, so that a repeated first commit has equal bytes. */
export function tableId(table: DeltaTable): string {
  const hex = sha256Hex(formatS3Uri({ bucket: table.bucket, key: table.tableRoot }));
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return [...groups, hex.slice(20, 32)].join('-');
}
