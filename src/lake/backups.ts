import { createHash } from 'node:crypto';
import { backupLayout } from '../domain/lake-layout';
import { snapshotSequence, type BackupManifest } from '../domain/backup-manifest';
import type { ObjectLocation } from '../domain/s3-uri';
import { formatS3Uri } from '../domain/s3-uri';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore, ObjectVersionLocation } from '../ports/object-store';
import { findDocument, type StoredDocument } from './documents';
import { mapConcurrent } from './map-concurrent';

export interface SnapshotSummary {
  readonly snapshot: string;
  readonly sequence: number;
  readonly createdAt: string;
}

/** All snapshots of a pipeline, oldest first. */
export async function listSnapshots(
  store: ObjectStore,
  backupBucket: string,
  pipeline: string,
): Promise<readonly SnapshotSummary[]> {
  const summaries: SnapshotSummary[] = [];
  for await (const { key, lastModified } of store.list(
    backupBucket,
    backupLayout.snapshotsPrefix(pipeline),
  )) {
    const snapshot = /([^/]+)\.json$/.exec(key)?.[1];
    if (snapshot) summaries.push({ snapshot, sequence: snapshotSequence(snapshot), createdAt: lastModified });
  }
  return summaries;
}

/** @throws PermanentFailure NotFound */
export async function readManifest(
  store: ObjectStore,
  backupBucket: string,
  pipeline: string,
  snapshot: string,
): Promise<StoredDocument<BackupManifest>> {
  const location = { bucket: backupBucket, key: backupLayout.snapshot(pipeline, snapshot) };
  const document = await findDocument<BackupManifest>(store, location);
  if (!document) throw new PermanentFailure('NotFound', 'No such backup snapshot', { pipeline, snapshot });
  return document;
}

/** Bytes of each content object that the backup holds, by key. */
export async function listHeldObjects(
  store: ObjectStore,
  backupBucket: string,
  pipeline: string,
): Promise<ReadonlyMap<string, number>> {
  const held = new Map<string, number>();
  for await (const { key, bytes } of store.list(backupBucket, backupLayout.objectsPrefix(pipeline))) {
    held.set(key, bytes);
  }
  return held;
}

/** Reads an object to its end and returns what its bytes really hash to. */
export async function rehash(
  store: ObjectStore,
  location: ObjectVersionLocation,
  signal?: AbortSignal,
): Promise<{ sha256: string; bytes: number }> {
  const { body } = await store.open(location);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    signal?.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { sha256: hash.digest('hex'), bytes };
}

export interface Damage {
  readonly key: string;
  readonly problem: string;
}

export interface Verification {
  readonly snapshot: string;
  readonly objects: number;
  readonly bytes: number;
  readonly verified: number;
  readonly damaged: readonly Damage[];
}

const VERIFY_LANES = 8;

/** Reads every object of a snapshot back from the backup and hashes it; equal content is read once. */
export async function verifySnapshot(
  store: ObjectStore,
  backupBucket: string,
  pipeline: string,
  snapshot: string,
  onObject: (done: number, total: number) => void = () => undefined,
): Promise<Verification> {
  const { value: manifest } = await readManifest(store, backupBucket, pipeline, snapshot);
  const contents = [...new Map(manifest.objects.map((entry) => [entry.sha256, entry])).values()];
  let done = 0;
  const findings = await mapConcurrent(contents, VERIFY_LANES, async ({ sha256, bytes }) => {
    const location = { bucket: backupBucket, key: backupLayout.object(pipeline, sha256) };
    const problem = await problemOf(store, location, sha256, bytes);
    onObject((done += 1), contents.length);
    return problem === undefined ? [] : [{ sha256, problem }];
  });
  const problems = new Map(findings.flat().map(({ sha256, problem }) => [sha256, problem]));
  const damaged = manifest.objects.flatMap(({ key, sha256 }) => {
    const problem = problems.get(sha256);
    return problem === undefined ? [] : [{ key, problem }];
  });
  return {
    snapshot,
    objects: manifest.objects.length,
    bytes: manifest.objects.reduce((sum, entry) => sum + entry.bytes, 0),
    verified: manifest.objects.length - damaged.length,
    damaged,
  };
}

async function problemOf(
  store: ObjectStore,
  location: ObjectLocation,
  sha256: string,
  bytes: number,
): Promise<string | undefined> {
  try {
    const got = await rehash(store, location);
    if (got.sha256 === sha256 && got.bytes === bytes) return undefined;
    return `${formatS3Uri(location)}: expected ${bytes} bytes with sha256 ${sha256}, got ${got.bytes} with ${got.sha256}`;
  } catch (error) {
    if (error instanceof PermanentFailure && (error.code === 'NotFound' || error.code === 'IntegrityError')) {
      return error.message;
    }
    throw error;
  }
}
