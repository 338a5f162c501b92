import { parquetReadObjects } from 'hyparquet';
import { unpackZstd } from '../zstd/unpack-zstd';
import type { Action } from './actions';

/** What a table of our protocol can have in a checkpoint; anything else means another format of checkpoints. */
const KNOWN_COLUMNS: ReadonlySet<string> = new Set(['protocol', 'metaData', 'txn', 'remove', 'add']);

/**
 * The actions in a classic checkpoint's Parquet bytes. Written by whatever engine: hyparquet reads all codecs that
 * engines write them with.
 *
 * @throws Error for bytes that are no such file
 */
export async function checkpointActions(bytes: Uint8Array): Promise<readonly Action[]> {
  const content = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({
    file: content,
    compressors: { ZSTD: unpackZstd },
  });
  return rows.flatMap(actionsOf);
}

/** Each row has one action; its other columns are NULL. */
function actionsOf(row: Readonly<Record<string, unknown>>): readonly Action[] {
  const filled = Object.entries(row).filter(([, value]) => value !== null && value !== undefined);
  const foreign = filled.find(([name]) => !KNOWN_COLUMNS.has(name));
  if (foreign) throw new Error(`it has ${foreign[0]} actions`);
  return filled.map(([name, value]) => ({ [name]: withoutNulls(value) }) as unknown as Action);
}

/** As the same action looks in a commit: absent fields instead of NULLs, numbers instead of 64-bit integers. */
function withoutNulls(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)]));
}
