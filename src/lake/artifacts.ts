import type { ArtifactRef } from '../domain/artifact';
import { formatS3Uri, type ObjectLocation } from '../domain/s3-uri';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import { fileBody } from './streams';

/**
 * Publishes a local file once. An earlier attempt's equal bytes count as ours.
 *
 * @throws PermanentFailure IntegrityError when other bytes stand there: the step that made the file is not deterministic.
 */
export async function publishFile(
  store: ObjectStore,
  location: ObjectLocation,
  path: string,
): Promise<ArtifactRef> {
  const body = await fileBody(path);
  const { created, head } = await store.createIfAbsent(location, body);
  const uri = formatS3Uri(location);
  if (!created && (head.bytes !== body.bytes || (head.sha256 ?? body.sha256) !== body.sha256)) {
    throw new PermanentFailure(
      'IntegrityError',
      'An earlier attempt published other bytes under this digest: the step is not deterministic',
      { uri, expected: head.sha256, got: body.sha256 },
    );
  }
  return { uri, sha256: body.sha256, bytes: body.bytes };
}
