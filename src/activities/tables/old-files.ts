import type { ListedFile } from '../../domain/vacuum';
import { mapConcurrent } from '../../lake/map-concurrent';
import { ifFound } from '../../ports/failures';
import type { ObjectStore } from '../../ports/object-store';
import type { StageDependencies } from '../stage-dependencies';

/** A part of a bucket; paths of its files go on where the prefix ends. */
export interface Folder {
  readonly bucket: string;
  /** With the slash at its end. */
  readonly prefix: string;
}

export type DeleteDependencies = Pick<StageDependencies, 'store' | 'signal' | 'progress'>;

const DELETE_LANES = 8;
/** An object that was put again and again has as many versions. */
const MAX_VERSIONS = 100;

export async function listFiles(
  store: ObjectStore,
  { bucket, prefix }: Folder,
): Promise<readonly ListedFile[]> {
  const files: ListedFile[] = [];
  for await (const { key, bytes, lastModified } of store.list(bucket, prefix)) {
    files.push({ path: key.slice(prefix.length), bytes, lastModified });
  }
  return files;
}

/**
 * Deletes files that are still old when their turn comes. In a versioned bucket just the old object versions go, so not
 * even a put at that very moment is lost.
 *
 * @returns those that are gone
 */
export async function deleteOldFiles(
  { store, signal, progress }: DeleteDependencies,
  folder: Folder,
  files: readonly ListedFile[],
  cutoffMs: number,
): Promise<readonly ListedFile[]> {
  let done = 0;
  const gone = await mapConcurrent(files, DELETE_LANES, async (file) => {
    signal().throwIfAborted();
    const isGone = await deleteOld(store, folder, file, cutoffMs);
    progress({ folder: folder.prefix, deleted: (done += 1), of: files.length });
    return isGone ? [file] : [];
  });
  return gone.flat();
}

/** False when somebody has put the file again. */
async function deleteOld(
  store: ObjectStore,
  { bucket, prefix }: Folder,
  { path }: ListedFile,
  cutoffMs: number,
): Promise<boolean> {
  const location = { bucket, key: `${prefix}${path}` };
  for (let versions = 0; versions < MAX_VERSIONS; versions++) {
    const head = await ifFound(store.head(location));
    if (!head) return true;
    if (Date.parse(head.lastModified) > cutoffMs) return false;
    await store.remove({ ...location, ...(head.versionId ? { versionId: head.versionId } : {}) });
  }
  return false;
}
