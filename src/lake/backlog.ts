import type { BacklogDocument } from '../contracts/activities/intake';
import type { SourceObject } from '../domain/artifact';
import type { BacklogRef } from '../domain/intake';
import { lakeLayout } from '../domain/lake-layout';
import { formatS3Uri } from '../domain/s3-uri';
import type { ObjectStore } from '../ports/object-store';
import { digestOf } from './digest';
import { createDocument } from './documents';

/** Object versions for a pipeline's intake to look at, oldest first: they travel by reference. */
export async function writeBacklog(
  store: ObjectStore,
  lakeBucket: string,
  pipeline: string,
  objects: readonly SourceObject[],
): Promise<BacklogRef> {
  const document: BacklogDocument = { formatVersion: 1, pipeline, objects };
  const location = { bucket: lakeBucket, key: lakeLayout.backlog(pipeline, digestOf(document)) };
  await createDocument(store, location, document);
  return { uri: formatS3Uri(location), objects: objects.length };
}
