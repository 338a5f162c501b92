import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Period } from '../../domain/period';
import { isReliable } from '../../lake/delta/publish-data-file';
import type { DeltaTable } from '../../lake/delta/table';
import { mapConcurrent } from '../../lake/map-concurrent';
import { fileBody, hashingDownload } from '../../lake/streams';
import { ifFound } from '../../ports/failures';
import type { ObjectHead, ObjectStore } from '../../ports/object-store';
import type { DonePeriod } from './merge-group';

const LANES = 16;

/** Those of some periods whose uploaded file is there and whole. A file that is live needs no look. */
export async function withFileInPlace(
  store: ObjectStore,
  { bucket, tableRoot }: DeltaTable,
  periods: readonly DonePeriod[],
  {
    live = new Set(),
    onFile,
  }: {
    readonly live?: ReadonlySet<string>;
    readonly onFile?: (head: ObjectHead, sha256: string) => Promise<void>;
  } = {},
): Promise<ReadonlyMap<Period, DonePeriod>> {
  const looked = await mapConcurrent(periods, LANES, async (done) => {
    const { file } = done;
    if (!file || live.has(file.path)) return [done];
    const head = await ifFound(store.head({ bucket, key: `${tableRoot}/${file.path}` }));
    if (head?.bytes !== file.bytes || (head.sha256 ?? file.sha256) !== file.sha256) return [];
    await onFile?.(head, file.sha256);
    return [done];
  });
  return new Map(looked.flat().map((done) => [done.period, done]));
}

/**
 * Puts a file again that a vacuum may take before it is committed.
 *
 * @param directory scratch
 */
export async function refreshOld(
  store: ObjectStore,
  directory: string,
  head: ObjectHead,
  sha256: string,
): Promise<void> {
  if (isReliable(head)) return;
  const { bucket, key } = head;
  const own = await mkdtemp(join(directory, 'refresh-'));
  const path = join(own, 'content');
  await hashingDownload(store, { bucket, key }, path, { expectedSha256: sha256 });
  await store.put({ bucket, key }, await fileBody(path));
  await rm(own, { recursive: true });
}
