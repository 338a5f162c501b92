import { assertConditionalWrites, assertVersioned } from '../adapters/object-store/startup-check';
import type { Settings } from '../config/settings';
import type { ObjectStore } from '../ports/object-store';

/**
 * Every promise of exactly-once rests on conditional writes and on pinned object versions.
 * @throws PermanentFailure UnsafeStore
 */
export async function checkStore({ lakeBucket }: Settings, store: ObjectStore): Promise<void> {
  await assertConditionalWrites(store, lakeBucket);
  await assertVersioned(store, lakeBucket);
}
