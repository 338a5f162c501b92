import { PermanentFailure } from '../../ports/failures';
import type { AddAction, PartitionValues } from './actions';

/** A Parquet file that lies in the store already and is to become part of the table. */
export interface DataFile {
  /** Relative to the table's root; its folders say the partition: `year=2013/month=01/day=05/part-….parquet`. */
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly rows: number;
  /** From {@link statisticsText}. Default: only the number of rows. */
  readonly stats?: string;
}

/** Paths in the log are URL-encoded; with these characters the encoding changes nothing. */
const PLAIN_PATH = /^[A-Za-z0-9._=/-]+$/;

export function toAddAction(
  file: DataFile,
  partitionColumns: readonly string[],
  timestampMs: number,
): AddAction {
  return {
    path: file.path,
    partitionValues: partitionOfPath(file.path, partitionColumns),
    size: file.bytes,
    modificationTime: timestampMs,
    dataChange: true,
    stats: file.stats ?? JSON.stringify({ numRecords: file.rows }),
    tags: { sha256: file.sha256 },
  };
}

/**
 * Partition values out of a path's folders.
 *
 * @throws PermanentFailure('InvalidInput') unless the folders are exactly the partition columns, in order.
 */
function partitionOfPath(path: string, partitionColumns: readonly string[]): PartitionValues {
  const pairs = path
    .split('/')
    .slice(0, -1)
    .map((folder): readonly [string, string] => {
      const at = folder.indexOf('=');
      return [folder.slice(0, at), folder.slice(at + 1)];
    });
  const names = pairs.map(([name]) => name).join('/');
  if (names !== partitionColumns.join('/') || !PLAIN_PATH.test(path)) {
    const expected = [...partitionColumns.map((column) => `${column}=…`), 'part-….parquet'].join('/');
    const message = `Data file is not where its partition belongs: expected ${expected}, in plain ASCII`;
    throw new PermanentFailure('InvalidInput', message, { path });
  }
  return Object.fromEntries(pairs);
}
