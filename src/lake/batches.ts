import type { BatchDocument, BatchRef } from '../contracts/activities/control';
import { objectVersionId, type SourceObject } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import { formatS3Uri } from '../domain/s3-uri';
import type { ObjectStore } from '../ports/object-store';
import { digestOf } from './digest';
import { createDocument } from './documents';

/**
 * Writes a batch document. The same object versions are the same batch, whoever asks and in whatever attempt; a
 * deliberate re-run is a batch of its own.
 */
export async function writeBatch(
  store: ObjectStore,
  lakeBucket: string,
  document: Omit<BatchDocument, 'formatVersion'>,
): Promise<BatchRef> {
  const { pipeline, objects, again, replay } = document;
  const versions = objects.map(objectVersionId).sort();
  const digest = digestOf(
    again ? { versions, again: again.request, ...(replay ? { replay } : {}) } : versions,
  );
  const location = { bucket: lakeBucket, key: lakeLayout.batch(pipeline, digest) };
  await createDocument<BatchDocument>(store, location, { formatVersion: 1, ...document });
  return { digest, uri: formatS3Uri(location), objects: objects.length, bytes: totalBytes(objects) };
}

export function totalBytes(objects: readonly SourceObject[]): number {
  return objects.reduce((sum, object) => sum + object.bytes, 0);
}
