import { PermanentFailure } from '../../ports/failures';
import type { ObjectStore } from '../../ports/object-store';
import { mapConcurrent } from '../map-concurrent';
import { readBytes } from '../streams';
import { decodeCommit } from './commit-file';
import { replay, type LogEntry, type Snapshot } from './snapshot';
import { commitLocation, logPrefix, versionOfKey, type DeltaTable } from './table';

/** A commit that adds a file to each of 100,000 partitions stays below this. */
const MAX_COMMIT_BYTES = 128 * 1024 * 1024;
const READ_LANES = 16;

/**
 * The table as of `version` (default: the newest); undefined when there is no table.
 *
 * Reads every commit from version 0. Checkpoints are neither written nor read yet; when they are, this is the place
 * that starts from one (docs/formats/delta.md).
 *
 * Failures: those of the store; `PermanentFailure('NotFound')` for a version that does not exist;
 * `PermanentFailure('IntegrityError')` for a damaged log; `PermanentFailure('SchemaConflict')` for a table that another
 * engine has upgraded or whose old commits it has cleaned up.
 */
export async function readSnapshot(
  store: ObjectStore,
  table: DeltaTable,
  version?: number,
): Promise<Snapshot | undefined> {
  const versions = await listVersions(store, table);
  const newest = versions.at(-1);
  if (newest === undefined) return undefined;
  requireWholeLog(table, versions);
  if (version !== undefined && !versions.includes(version)) {
    const { bucket, tableRoot } = table;
    const message = `Table version not found: expected 0 to ${newest}`;
    throw new PermanentFailure('NotFound', message, { bucket, tableRoot, version });
  }
  const wanted = versions.filter((candidate) => version === undefined || candidate <= version);
  const entries = await mapConcurrent(wanted, READ_LANES, (each) => readEntry(store, table, each));
  return replay(undefined, entries);
}

/** Brings a snapshot up to date, reading only what was committed since. */
export async function refreshSnapshot(
  store: ObjectStore,
  table: DeltaTable,
  base: Snapshot | undefined,
): Promise<Snapshot | undefined> {
  if (!base) return readSnapshot(store, table);
  const entries: LogEntry[] = [];
  for (;;) {
    const entry = await findEntry(store, table, base.version + entries.length + 1);
    if (!entry) return replay(base, entries);
    entries.push(entry);
  }
}

async function listVersions(store: ObjectStore, table: DeltaTable): Promise<readonly number[]> {
  const versions: number[] = [];
  for await (const { key } of store.list(table.bucket, logPrefix(table))) {
    const version = versionOfKey(table, key);
    if (version !== undefined) versions.push(version);
  }
  return versions.sort((left, right) => left - right);
}

function requireWholeLog({ bucket, tableRoot }: DeltaTable, versions: readonly number[]): void {
  if (versions[0] === 0) return;
  throw new PermanentFailure(
    'SchemaConflict',
    `Delta log starts at version ${versions[0] ?? ''}: another engine cleaned it up, and Parquet checkpoints cannot ` +
      'be read yet; restore the table',
    { bucket, tableRoot },
  );
}

async function readEntry(store: ObjectStore, table: DeltaTable, version: number): Promise<LogEntry> {
  const location = commitLocation(table, version);
  const { bytes } = await readBytes(store, location, MAX_COMMIT_BYTES);
  return { version, actions: decodeCommit(bytes, location.key) };
}

async function findEntry(
  store: ObjectStore,
  table: DeltaTable,
  version: number,
): Promise<LogEntry | undefined> {
  try {
    return await readEntry(store, table, version);
  } catch (error) {
    if (error instanceof PermanentFailure && error.code === 'NotFound') return undefined;
    throw error;
  }
}
