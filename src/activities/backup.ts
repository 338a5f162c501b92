import type { BackupInput } from '../contracts/activities/stages';
import { snapshotName, type BackupEntry, type BackupManifest } from '../domain/backup-manifest';
import { backupLayout, lakeLayout } from '../domain/lake-layout';
import type { BackupResult } from '../domain/stage';
import { listHeldObjects, listSnapshots, readManifest, rehash } from '../lake/backups';
import { digestOf } from '../lake/digest';
import { createDocument } from '../lake/documents';
import { mapConcurrent } from '../lake/map-concurrent';
import { PermanentFailure } from '../ports/failures';
import type { ObjectSummary } from '../ports/object-store';
import { createBackupVault, type BackupVault, type VaultCounts } from './backup-vault';
import type { StageDependencies } from './stage-dependencies';

export interface BackupDependencies extends Pick<
  StageDependencies,
  'store' | 'lakeBucket' | 'signal' | 'progress'
> {
  readonly backupBucket: string;
}

const LANES = 8;

/**
 * Incremental and content-addressed: copies what the backup does not hold, reads every copy back, and writes the
 * manifest last. What an earlier attempt copied is read back only; what the previous snapshot verified is looked for.
 */
export function createBackupActivity(
  deps: BackupDependencies,
): (input: BackupInput) => Promise<BackupResult> {
  return async ({ pipeline }) => {
    const previous = await newestSnapshot(deps, pipeline);
    const described = await describePublished(deps, pipeline, previous?.manifest.objects ?? []);
    const vault = createBackupVault(deps, pipeline, {
      held: await listHeldObjects(deps.store, deps.backupBucket, pipeline),
      verified: new Set(previous?.manifest.objects.map(({ sha256 }) => sha256)),
    });
    const objects = await mapConcurrent(described, LANES, async (entry, index) => {
      deps.signal().throwIfAborted();
      deps.progress({ stage: 'backup', object: index + 1, of: described.length });
      return keepOne(deps, vault, entry);
    });
    return publishSnapshot(deps, pipeline, objects, previous, vault.counts());
  };
}

interface PreviousSnapshot {
  readonly snapshot: string;
  readonly sequence: number;
  readonly manifest: BackupManifest;
  readonly ref: BackupResult['manifest'];
}

async function newestSnapshot(
  deps: BackupDependencies,
  pipeline: string,
): Promise<PreviousSnapshot | undefined> {
  const newest = (await listSnapshots(deps.store, deps.backupBucket, pipeline)).at(-1);
  if (!newest) return undefined;
  const { value, ref } = await readManifest(deps.store, deps.backupBucket, pipeline, newest.snapshot);
  return { snapshot: newest.snapshot, sequence: newest.sequence, manifest: value, ref };
}

/**
 * Everything the pipeline has published, in key order. Raw data is the user's own, checkpoints are passing. Each
 * prefix is described before the next is listed, so that a pointer that moves meanwhile is pinned as it was then.
 */
async function describePublished(
  deps: BackupDependencies,
  pipeline: string,
  previous: readonly BackupEntry[],
): Promise<readonly BackupEntry[]> {
  const known = new Map(previous.map((entry) => [`${entry.key}@${entry.etag}`, entry]));
  const entries: BackupEntry[] = [];
  for (const prefix of lakeLayout.publishedPrefixes(pipeline)) {
    deps.signal().throwIfAborted();
    deps.progress({ stage: 'backup', described: entries.length });
    const summaries: ObjectSummary[] = [];
    for await (const summary of deps.store.list(deps.lakeBucket, prefix)) summaries.push(summary);
    const described = await mapConcurrent(summaries, LANES, async ({ key, etag }) => {
      deps.signal().throwIfAborted();
      return known.get(`${key}@${etag}`) ?? describeObject(deps, key);
    });
    entries.push(...described);
  }
  return entries.sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** Without versions an object may change after its description: then it is described and kept once more. */
async function keepOne(
  deps: BackupDependencies,
  vault: BackupVault,
  entry: BackupEntry,
): Promise<BackupEntry> {
  try {
    await vault.keep(entry);
    return entry;
  } catch (error) {
    if (!(error instanceof PermanentFailure && CHANGED.has(error.code))) throw error;
  }
  const again = await describeObject(deps, entry.key);
  await vault.keep(again);
  return again;
}

const CHANGED: ReadonlySet<PermanentFailure['code']> = new Set(['IntegrityError', 'NotFound']);

async function describeObject(
  { store, lakeBucket, signal }: BackupDependencies,
  key: string,
): Promise<BackupEntry> {
  const head = await store.head({ bucket: lakeBucket, key });
  const { bytes, etag, versionId } = head;
  // All our puts carry a SHA-256 that the store keeps; others (multipart by hand) are read.
  const sha256 = head.sha256 ?? (await rehash(store, head, signal())).sha256;
  return { key, bytes, etag, sha256, ...(versionId ? { versionId } : {}) };
}

async function publishSnapshot(
  deps: BackupDependencies,
  pipeline: string,
  objects: readonly BackupEntry[],
  previous: PreviousSnapshot | undefined,
  kept: VaultCounts,
): Promise<BackupResult> {
  const manifest: BackupManifest = { formatVersion: 1, pipeline, lakeBucket: deps.lakeBucket, objects };
  const digest = digestOf(manifest);
  const counts = {
    objects: objects.length,
    bytes: objects.reduce((sum, entry) => sum + entry.bytes, 0),
    ...kept,
  };
  if (previous && digestOf(previous.manifest) === digest) {
    return { snapshot: previous.snapshot, manifest: previous.ref, ...counts, reused: true };
  }
  const snapshot = snapshotName((previous?.sequence ?? 0) + 1, digest);
  const location = { bucket: deps.backupBucket, key: backupLayout.snapshot(pipeline, snapshot) };
  const { ref, created } = await createDocument(deps.store, location, manifest);
  return { snapshot, manifest: ref, ...counts, reused: !created };
}
