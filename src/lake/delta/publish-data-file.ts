import type { ObjectLocation } from '../../domain/s3-uri';
import type { ObjectHead, ObjectStore } from '../../ports/object-store';
import { publishOnce } from '../artifacts';
import type { LocalFile } from '../streams';

/** Half of the shortest retention: a vacuum that runs now sees a file that this attempt relies on as young. */
const RELIABLE_MS = 12 * 60 * 60 * 1000;

/**
 * Publishes a data file of a table that is about to be committed. Equal content may lie there from long ago, of a
 * version that is gone: it is put again, so that no vacuum takes it away before the commit.
 *
 * Failures: those of {@link publishOnce}.
 */
export async function publishDataFile(
  store: ObjectStore,
  location: ObjectLocation,
  file: LocalFile,
): Promise<void> {
  const { head } = await publishOnce(store, location, file);
  if (!isReliable(head)) await store.put(location, file.body);
}

/** Whether no vacuum takes an object that no version refers to yet. */
export function isReliable({ lastModified }: Pick<ObjectHead, 'lastModified'>): boolean {
  return Date.now() - Date.parse(lastModified) <= RELIABLE_MS;
}
