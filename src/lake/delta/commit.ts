import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentFailure, TransientFailure } from '../../ports/failures';
import type { ObjectStore } from '../../ports/object-store';
import { encodeCommit } from './commit-file';
import { readSnapshot, refreshSnapshot } from './log';
import { planCommit, requirePartitions, type CommitDescription, type FileChanges } from './plan-commit';
import { replay, type Snapshot } from './snapshot';
import { commitLocation, type DeltaTable } from './table';

export interface CommitRequest extends CommitDescription {
  /**
   * Decides the changes, given the newest version (undefined = no table yet); called again after each lost race.
   * undefined = there is nothing to do.
   */
  readonly build: (
    snapshot: Snapshot | undefined,
  ) => FileChanges | undefined | Promise<FileChanges | undefined>;
  /** The newest version as it was read a moment ago (undefined = no table yet); spares reading it again. */
  readonly newest?: { readonly snapshot: Snapshot | undefined };
  /** How many races may be lost before giving up. @default 40 */
  readonly maxAttempts?: number;
}

export interface CommitResult {
  /** The table version that holds the work. */
  readonly version: number;
  /** True when this call wrote no commit: an earlier attempt had, or there was nothing to do. */
  readonly alreadyCommitted: boolean;
  /** The table as of `version`. */
  readonly snapshot: Snapshot;
}

const DEFAULT_MAX_ATTEMPTS = 40;
const MAX_PAUSE_MS = 50;

/**
 * Adds one version to a Delta table, or finds the one that an earlier attempt with the same transaction added.
 *
 * The commit is a single conditional put of `_delta_log/<version>.json`. Whoever loses the race reads what the winner
 * committed and builds again; so of any number of concurrent writers none is lost and none counts twice.
 *
 * Failures: those of {@link readSnapshot} and {@link planCommit}; `TransientFailure('CommitConflict')` when all
 * attempts lost their race.
 */
export async function commit(
  store: ObjectStore,
  table: DeltaTable,
  request: CommitRequest,
): Promise<CommitResult> {
  const maxAttempts = request.maxAttempts ?? DEFAULT_MAX_ATTEMPTS;
  let snapshot = request.newest ? request.newest.snapshot : await readSnapshot(store, table);
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const earlier = await findEarlierCommit(store, table, snapshot, request.transaction);
    if (earlier) return earlier;
    // Before the work, which would be in vain.
    requirePartitions(table, snapshot, request.definition);
    const changes = await request.build(snapshot);
    if (!changes) return nothingToDo(table, snapshot);
    const committed = await tryCommit(store, table, snapshot, request, changes);
    if (committed) return { version: committed.version, alreadyCommitted: false, snapshot: committed };
    await sleep(Math.random() * MAX_PAUSE_MS);
    snapshot = await refreshSnapshot(store, table, snapshot);
  }
  const message = `Table commit lost ${maxAttempts} races: too many writers at once; try again`;
  throw new TransientFailure('CommitConflict', message, { ...table });
}

/** undefined = another writer took this version number. */
async function tryCommit(
  store: ObjectStore,
  table: DeltaTable,
  snapshot: Snapshot | undefined,
  request: CommitRequest,
  changes: FileChanges,
): Promise<Snapshot | undefined> {
  const version = (snapshot?.version ?? -1) + 1;
  const actions = planCommit(table, snapshot, request, changes);
  const body = { kind: 'bytes', bytes: encodeCommit(actions) } as const;
  const { created } = await store.createIfAbsent(commitLocation(table, version), body);
  return created ? replay(snapshot, [{ version, actions }]) : undefined;
}

async function findEarlierCommit(
  store: ObjectStore,
  table: DeltaTable,
  newest: Snapshot | undefined,
  transaction: CommitRequest['transaction'],
): Promise<CommitResult | undefined> {
  if (!transaction) return undefined;
  const { appId, version } = transaction;
  const committedVersion = newest?.transactions.get(appId);
  if (committedVersion === undefined || committedVersion < version) return undefined;
  const tableVersion = newest?.transactionCommits.get(appId);
  const snapshot = tableVersion === newest?.version ? newest : await readSnapshot(store, table, tableVersion);
  return snapshot && { version: snapshot.version, alreadyCommitted: true, snapshot };
}

function nothingToDo(table: DeltaTable, snapshot: Snapshot | undefined): CommitResult {
  if (snapshot) return { version: snapshot.version, alreadyCommitted: true, snapshot };
  const message = 'Table cannot be created without a first commit: the build step gave no changes';
  throw new PermanentFailure('InvalidInput', message, { ...table });
}
