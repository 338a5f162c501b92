import type { BackupInput } from '../contracts/activities/stages';
import { snapshotName, type BackupEntry, type BackupManifest } from '../domain/backup-manifest';
import { backupLayout, lakeLayout } from '../domain/lake-layout';
import { formatS3Uri } from '../domain/s3-uri';
import type { BackupResult } from '../domain/stage';
import { listSnapshots, readManifest, rehash } from '../lake/backups';
import { digestOf } from '../lake/digest';
import { createDocument } from '../lake/documents';
import { mapConcurrent } from '../lake/map-concurrent';
import { PermanentFailure } from '../ports/failures';
import type { ObjectHead, ObjectStore, ObjectSummary } from '../ports/object-store';
import type { StageDependencies } from './stage-dependencies';

export interface BackupDependencies extends Pick<
  StageDependencies,
  'store' | 'lakeBucket' | 'signal' | 'progress'
> {
  readonly backupBucket: string;
}

const LANES = 8;

/**
 * Incremental and content-addressed: copies what the backup does not hold yet, reads each copy back, and writes the
 * manifest last. An object whose ETag is the one of the previous snapshot was verified there.
 */
export function createBackupActivity(
  deps: BackupDependencies,
): (input: BackupInput) => Promise<BackupResult> {
  return async ({ pipeline }) => {
    const previous = await newestSnapshot(deps, pipeline);
    const known = new Map(previous?.manifest.objects.map((entry) => [`${entry.key}@${entry.etag}`, entry]));
    const contents = new Set(previous?.manifest.objects.map(({ sha256 }) => sha256));
    const summaries = await publishedObjects(deps, pipeline);

    let copiedObjects = 0;
    const entries = await mapConcurrent(summaries, LANES, async (summary, index) => {
      deps.signal().throwIfAborted();
      deps.progress({ stage: 'backup', object: index + 1, of: summaries.length });
      const unchanged = known.get(`${summary.key}@${summary.etag}`);
      if (unchanged) return unchanged;
      const entry = await describeObject(deps, summary);
      if (!contents.has(entry.sha256)) {
        contents.add(entry.sha256);
        await copyAndVerify(deps, pipeline, entry);
        copiedObjects += 1;
      }
      return entry;
    });
    return publishSnapshot(deps, pipeline, entries, previous, copiedObjects);
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

/** Everything the pipeline has published, in key order. Raw data is the user's own, checkpoints are passing. */
async function publishedObjects(
  deps: BackupDependencies,
  pipeline: string,
): Promise<readonly ObjectSummary[]> {
  const objects: ObjectSummary[] = [];
  for (const prefix of lakeLayout.publishedPrefixes(pipeline)) {
    for await (const summary of deps.store.list(deps.lakeBucket, prefix)) objects.push(summary);
  }
  return objects.sort((left, right) => (left.key < right.key ? -1 : 1));
}

async function describeObject(
  { store, lakeBucket }: BackupDependencies,
  { key }: ObjectSummary,
): Promise<BackupEntry> {
  const head = await store.head({ bucket: lakeBucket, key });
  const { bytes, etag, versionId } = head;
  return { key, bytes, etag, sha256: await contentHash(store, head), ...(versionId ? { versionId } : {}) };
}

/** All our puts carry a SHA-256 that the store keeps; others (multipart by hand) are read. */
async function contentHash(store: ObjectStore, head: ObjectHead): Promise<string> {
  return head.sha256 ?? (await rehash(store, head)).sha256;
}

async function copyAndVerify(deps: BackupDependencies, pipeline: string, entry: BackupEntry): Promise<void> {
  const { key, versionId, sha256, bytes } = entry;
  const target = { bucket: deps.backupBucket, key: backupLayout.object(pipeline, sha256) };
  await deps.store.copy({ bucket: deps.lakeBucket, key, ...(versionId ? { versionId } : {}) }, target);
  const got = await rehash(deps.store, target);
  if (got.sha256 === sha256 && got.bytes === bytes) return;
  throw new PermanentFailure(
    'IntegrityError',
    'Backup copy differs from the original: the lake object may be damaged',
    {
      source: formatS3Uri({ bucket: deps.lakeBucket, key }),
      copy: formatS3Uri(target),
      expected: sha256,
      got: got.sha256,
    },
  );
}

async function publishSnapshot(
  deps: BackupDependencies,
  pipeline: string,
  objects: readonly BackupEntry[],
  previous: PreviousSnapshot | undefined,
  copiedObjects: number,
): Promise<BackupResult> {
  const manifest: BackupManifest = { formatVersion: 1, pipeline, lakeBucket: deps.lakeBucket, objects };
  const digest = digestOf(manifest);
  const counts = {
    objects: objects.length,
    bytes: objects.reduce((sum, entry) => sum + entry.bytes, 0),
    copiedObjects,
    verifiedObjects: copiedObjects,
  };
  if (previous && digestOf(previous.manifest) === digest) {
    return { snapshot: previous.snapshot, manifest: previous.ref, ...counts, reused: true };
  }
  const snapshot = snapshotName((previous?.sequence ?? 0) + 1, digest);
  const location = { bucket: deps.backupBucket, key: backupLayout.snapshot(pipeline, snapshot) };
  const { ref, created } = await createDocument(deps.store, location, manifest);
  return { snapshot, manifest: ref, ...counts, reused: !created };
}
