import type { ArtifactRef } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import { parseS3Uri } from '../domain/s3-uri';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import { createDocument, findDocument } from './documents';

export interface StageResultKey {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly pipeline: string;
  readonly stage: string;
  /** Digest of everything that goes into the result. */
  readonly digest: string;
}

/** What is stored: everything but how this attempt came by it. Distributes over unions. */
type Result<T> = T extends unknown ? Omit<T, 'reused'> : never;

/**
 * Exactly-once publication of a stage: the first attempt to create the result document wins; any later attempt,
 * retry or run with the same digest gets that result, after checking that its artifacts are still there and whole.
 *
 * @throws PermanentFailure IntegrityError when a published artifact was changed or lost.
 */
export async function publishStageResult<T extends { readonly reused: boolean }>(
  key: StageResultKey,
  work: () => Promise<Result<T>>,
  artifacts: (result: Result<T>) => readonly ArtifactRef[],
): Promise<T> {
  const location = {
    bucket: key.bucket,
    key: lakeLayout.stageResult(key.pipeline, key.stage, key.digest),
  };
  const standing = await findDocument<Result<T>>(key.store, location);
  if (standing) {
    await verifyArtifacts(key.store, artifacts(standing.value));
    return { ...standing.value, reused: true } as unknown as T;
  }
  const published = await createDocument(key.store, location, await work());
  return { ...published.value, reused: !published.created } as unknown as T;
}

/** Checks existence, size and stored checksum without reading bodies; backup and restore read every byte. */
export async function verifyArtifacts(store: ObjectStore, artifacts: readonly ArtifactRef[]): Promise<void> {
  for (const artifact of artifacts) {
    const head = await store.head(parseS3Uri(artifact.uri));
    if (head.bytes === artifact.bytes && (head.sha256 ?? artifact.sha256) === artifact.sha256) continue;
    throw new PermanentFailure('IntegrityError', 'Published artifact was changed: restore it from a backup', {
      uri: artifact.uri,
      expected: artifact.sha256,
      got: head.sha256,
      expectedBytes: artifact.bytes,
      gotBytes: head.bytes,
    });
  }
}
