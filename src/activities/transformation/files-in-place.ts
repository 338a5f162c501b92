import type { Period } from '../../domain/period';
import type { DeltaTable } from '../../lake/delta/table';
import { RELIABLE_MS } from '../../lake/delta/publish-data-file';
import { mapConcurrent } from '../../lake/map-concurrent';
import { PermanentFailure } from '../../ports/failures';
import type { ObjectHead, ObjectStore } from '../../ports/object-store';
import type { DonePeriod } from './merge-group';

const HEAD_LANES = 16;

/**
 * Those of some periods whose uploaded file can be committed: it is there, whole, and young enough that no vacuum takes
 * it before the commit. A file that is live needs no look.
 */
export async function withFileInPlace(
  store: ObjectStore,
  { bucket, tableRoot }: DeltaTable,
  periods: readonly DonePeriod[],
  live: ReadonlySet<string> = new Set(),
): Promise<ReadonlyMap<Period, DonePeriod>> {
  const looked = await mapConcurrent(periods, HEAD_LANES, async (done) => {
    const { file } = done;
    if (!file || live.has(file.path)) return [done];
    const head = await findHead(store, { bucket, key: `${tableRoot}/${file.path}` });
    const isWhole = head?.bytes === file.bytes && (head.sha256 ?? file.sha256) === file.sha256;
    return isWhole && Date.now() - Date.parse(head.lastModified) < RELIABLE_MS ? [done] : [];
  });
  return new Map(looked.flat().map((done) => [done.period, done]));
}

async function findHead(
  store: ObjectStore,
  location: Parameters<ObjectStore['head']>[0],
): Promise<ObjectHead | undefined> {
  try {
    return await store.head(location);
  } catch (error) {
    if (error instanceof PermanentFailure && error.code === 'NotFound') return undefined;
    throw error;
  }
}
