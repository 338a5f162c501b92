import type { ArtifactRef } from '../domain/artifact';
import { formatS3Uri, type ObjectLocation } from '../domain/s3-uri';
import { PermanentFailure } from '../ports/failures';
import type { ObjectHead, ObjectStore } from '../ports/object-store';
import { hashLocalFile, type LocalFile } from './streams';

/**
 * Publishes a local file (its path, or the file as it was hashed) once. An earlier attempt's equal bytes count as ours.
 *
 * @throws PermanentFailure IntegrityError when other bytes stand there: the step that made the file is not deterministic.
 */
export async function publishFile(
  store: ObjectStore,
  location: ObjectLocation,
  file: string | LocalFile,
): Promise<ArtifactRef> {
  return (await publishOnce(store, location, file)).ref;
}

/** {@link publishFile}, and what the store says of the object that stands there now. */
export async function publishOnce(
  store: ObjectStore,
  location: ObjectLocation,
  file: string | LocalFile,
): Promise<{ readonly ref: ArtifactRef; readonly head: ObjectHead }> {
  const { body, bytes, sha256 } = typeof file === 'string' ? await hashLocalFile(file) : file;
  const { created, head } = await store.createIfAbsent(location, body);
  const uri = formatS3Uri(location);
  if (!created && (head.bytes !== bytes || (head.sha256 ?? sha256) !== sha256)) {
    throw new PermanentFailure(
      'IntegrityError',
      'An earlier attempt published other bytes under this digest: the step is not deterministic',
      { uri, expected: head.sha256, got: sha256 },
    );
  }
  return { ref: { uri, sha256, bytes }, head };
}
