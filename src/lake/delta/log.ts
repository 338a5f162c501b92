import { ifFound, PermanentFailure } from '../../ports/failures';
import type { ObjectStore } from '../../ports/object-store';
import { mapConcurrent } from '../map-concurrent';
import { readBytes } from '../streams';
import { lastCheckpointVersion, readCheckpoint } from './checkpoint';
import { decodeCommit } from './commit-file';
import { replay, type LogEntry, type Snapshot } from './snapshot';
import { commitLocation, logFileOf, logPrefix, type DeltaTable, type LogFile } from './table';

/** A commit that adds a file to each of 100,000 partitions stays below this. */
const MAX_COMMIT_BYTES = 128 * 1024 * 1024;
const READ_LANES = 16;

/**
 * The table as of `version` (default: the newest); undefined when there is no table.
 *
 * Starts from the newest checkpoint that fits and reads the commits since; a checkpoint or `_last_checkpoint` that is
 * lost or garbled costs time only, because the log keeps every commit.
 *
 * Failures: those of the store; `PermanentFailure('NotFound')` for a version that does not exist;
 * `PermanentFailure('IntegrityError')` for a damaged log; `PermanentFailure('SchemaConflict')` for a table that uses
 * features which we do not know, or whose old commits are gone.
 */
export async function readSnapshot(
  store: ObjectStore,
  table: DeltaTable,
  version?: number,
): Promise<Snapshot | undefined> {
  const hint = await lastCheckpointVersion(store, table);
  if (hint !== undefined && (version === undefined || version >= hint)) {
    const recent = await readListed(store, table, await listLog(store, table, hint), version);
    if (recent) return recent;
  }
  const log = await listLog(store, table);
  if (log.newest === undefined) return undefined;
  const snapshot = await readListed(store, table, log, version);
  if (snapshot) return snapshot;
  throw new PermanentFailure(
    'SchemaConflict',
    `Delta log starts at version ${log.commits[0] ?? log.newest}: its older commits were cleaned up, and no checkpoint ` +
      'before the wanted version can be read; restore the table',
    { ...table, version },
  );
}

interface LogListing {
  /** Versions, in order. */
  readonly commits: readonly number[];
  readonly checkpoints: readonly number[];
  readonly newest: number | undefined;
}

/** @param from only files of this version and later ones */
async function listLog(store: ObjectStore, table: DeltaTable, from = 0): Promise<LogListing> {
  // Checkpoints sort before the commit of their version.
  const startAfter = from === 0 ? undefined : commitLocation(table, from - 1).key;
  const versions: Record<LogFile['kind'], number[]> = { commit: [], checkpoint: [] };
  for await (const { key } of store.list(table.bucket, logPrefix(table), startAfter)) {
    const file = logFileOf(table, key);
    if (file && file.version >= from) versions[file.kind].push(file.version);
  }
  const { commit: commits, checkpoint: checkpoints } = versions;
  const newest = Math.max(commits.at(-1) ?? -1, checkpoints.at(-1) ?? -1);
  return { commits, checkpoints, newest: newest < 0 ? undefined : newest };
}

/** undefined when the listed files do not reach back far enough. */
async function readListed(
  store: ObjectStore,
  table: DeltaTable,
  { commits, checkpoints, newest }: LogListing,
  version: number | undefined,
): Promise<Snapshot | undefined> {
  if (newest === undefined) return undefined;
  const wanted = version ?? newest;
  if (wanted > newest || wanted < 0) throw noSuchVersion(table, wanted, newest);
  const base = await newestCheckpoint(store, table, checkpoints, wanted);
  if (!base && commits[0] !== 0) return undefined;
  const tail = commits.filter((each) => each > (base?.version ?? -1) && each <= wanted);
  const entries = await mapConcurrent(tail, READ_LANES, (each) => readEntry(store, table, each));
  return replay(base, entries);
}

async function newestCheckpoint(
  store: ObjectStore,
  table: DeltaTable,
  checkpoints: readonly number[],
  wanted: number,
): Promise<Snapshot | undefined> {
  for (const version of checkpoints.filter((each) => each <= wanted).toReversed()) {
    const snapshot = await readCheckpoint(store, table, version);
    if (snapshot) return snapshot;
  }
  return undefined;
}

function noSuchVersion(table: DeltaTable, version: number, newest: number): PermanentFailure {
  return new PermanentFailure('NotFound', `Table version not found: expected 0 to ${newest}`, {
    ...table,
    version,
  });
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

/** One commit. @throws PermanentFailure NotFound, IntegrityError */
export async function readEntry(store: ObjectStore, table: DeltaTable, version: number): Promise<LogEntry> {
  const location = commitLocation(table, version);
  const { bytes } = await readBytes(store, location, MAX_COMMIT_BYTES);
  return { version, actions: decodeCommit(bytes, location.key) };
}

async function findEntry(
  store: ObjectStore,
  table: DeltaTable,
  version: number,
): Promise<LogEntry | undefined> {
  return ifFound(readEntry(store, table, version));
}
