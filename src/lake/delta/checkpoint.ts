import type { ObjectStore } from '../../ports/object-store';
import { PermanentFailure } from '../../ports/failures';
import { publishFile } from '../artifacts';
import { swapDocument } from '../documents';
import { readBytes } from '../streams';
import type { Action, RemoveAction } from './actions';
import { checkpointActions } from './checkpoint-rows';
import { fromCheckpoint, type Snapshot } from './snapshot';
import { checkpointLocation, lastCheckpointLocation, type DeltaTable } from './table';

/** Reading a table costs one checkpoint and fewer commits than this. */
export const CHECKPOINT_INTERVAL = 100;

/** Engines' default for `delta.deletedFileRetentionDuration`: so long a checkpoint remembers removed files. */
const TOMBSTONE_MS = 7 * 24 * 60 * 60 * 1000;
/** Ten million files stay below this. */
const MAX_CHECKPOINT_BYTES = 1024 * 1024 * 1024;
const MAX_POINTER_BYTES = 1024 * 1024;
/** The pointer is moved by at most a few writers at once. */
const MAX_SWAPS = 10;

/** Whether so many commits followed the last checkpoint that a new one pays. */
export function isCheckpointDue(
  { version, checkpointVersion = -1 }: Pick<Snapshot, 'version' | 'checkpointVersion'>,
  interval = CHECKPOINT_INTERVAL,
): boolean {
  return version - checkpointVersion >= interval;
}

/** The state of a table as actions: what a checkpoint of its version holds, in a fixed order. */
export function stateActions(snapshot: Snapshot): readonly Action[] {
  const { protocol, metadata, transactions, transactionCommits, files } = snapshot;
  const byText = (left: string, right: string): number => (left < right ? -1 : 1);
  return [
    { protocol },
    { metaData: metadata },
    ...[...transactions.keys()].sort(byText).map((appId) => {
      const committedIn = transactionCommits.get(appId);
      const version = transactions.get(appId) ?? 0;
      return { txn: { appId, version, ...(committedIn === undefined ? {} : { committedIn }) } };
    }),
    ...freshTombstones(snapshot).map((remove) => ({ remove: { ...remove, dataChange: false } })),
    ...[...files.keys()].sort(byText).flatMap((path) => {
      const add = files.get(path);
      return add ? [{ add: { ...add, dataChange: false } }] : [];
    }),
  ];
}

/** Fresh by the log's own time, so that equal logs give equal checkpoints. */
function freshTombstones({ tombstones }: Snapshot): readonly RemoveAction[] {
  const all = [...tombstones.values()];
  const newest = all.reduce((ms, { deletionTimestamp = 0 }) => Math.max(ms, deletionTimestamp), 0);
  return all
    .filter(({ deletionTimestamp = 0 }) => deletionTimestamp > newest - TOMBSTONE_MS)
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

/**
 * Publishes a checkpoint file and points `_last_checkpoint` at it, unless that points further already. Whoever comes
 * second for a version finds the file there.
 */
export async function publishCheckpoint(
  store: ObjectStore,
  table: DeltaTable,
  snapshot: Snapshot,
  file: { readonly path: string; readonly bytes: number; readonly actions: number },
): Promise<void> {
  const { version, files } = snapshot;
  await publishFile(store, checkpointLocation(table, version), file.path);
  const pointer = { version, size: file.actions, sizeInBytes: file.bytes, numOfAddFiles: files.size };
  const location = lastCheckpointLocation(table);
  for (let attempt = 0; attempt < MAX_SWAPS; attempt++) {
    const standing = await readPointer(store, table);
    if (standing && (standing.version ?? -1) >= version) return;
    if (await swapDocument(store, location, pointer, standing?.etag)) return;
  }
}

/** Version that `_last_checkpoint` names; undefined when it is lost or garbled, for it is only a hint. */
export async function lastCheckpointVersion(
  store: ObjectStore,
  table: DeltaTable,
): Promise<number | undefined> {
  return (await readPointer(store, table))?.version;
}

/** undefined when the checkpoint is lost or cannot be read: the log tells the same. */
export async function readCheckpoint(
  store: ObjectStore,
  table: DeltaTable,
  version: number,
): Promise<Snapshot | undefined> {
  const content = await unlessDamaged(() =>
    readBytes(store, checkpointLocation(table, version), MAX_CHECKPOINT_BYTES),
  );
  const actions = content && (await checkpointActions(content.bytes).catch(() => undefined));
  return actions && unlessDamaged(() => Promise.resolve(fromCheckpoint(version, actions)));
}

interface Pointer {
  readonly etag: string;
  readonly version: number | undefined;
}

async function readPointer(store: ObjectStore, table: DeltaTable): Promise<Pointer | undefined> {
  const location = lastCheckpointLocation(table);
  const content = await unlessDamaged(() => readBytes(store, location, MAX_POINTER_BYTES));
  if (content) return { etag: content.head.etag, version: versionIn(content.bytes) };
  const head = await unlessDamaged(() => store.head(location));
  return head && { etag: head.etag, version: undefined };
}

function versionIn(bytes: Uint8Array): number | undefined {
  try {
    const { version } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly version?: unknown };
    return typeof version === 'number' && Number.isSafeInteger(version) && version >= 0 ? version : undefined;
  } catch {
    return undefined;
  }
}

async function unlessDamaged<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PermanentFailure && UNUSABLE.has(error.code)) return undefined;
    throw error;
  }
}

const UNUSABLE: ReadonlySet<PermanentFailure['code']> = new Set([
  'NotFound',
  'IntegrityError',
  'InvalidInput',
]);
