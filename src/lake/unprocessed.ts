import type { SourceObject } from '../domain/artifact';
import type { ObjectStore } from '../ports/object-store';
import type { LandingZone } from './landing-zone';
import type { Ledger } from './ledger';
import { mapConcurrent } from './map-concurrent';
import { surveyLandingZone } from './survey';

/** A person can only look at so many; a run without limit would not end either. */
const MAX_OBJECTS = 10_000;
const LANES = 8;

/** Landed object versions that wait for a run, oldest first; those whose run failed for good are among them. */
export async function unprocessedObjects(
  store: ObjectStore,
  ledger: Ledger,
  pipeline: string,
  zone: LandingZone,
): Promise<readonly SourceObject[]> {
  const options = { limit: MAX_OBJECTS, failedAreSettled: false };
  const { unsettled } = await surveyLandingZone(store, pipeline, zone, options);
  const waits = await mapConcurrent(unsettled, LANES, async (object) => {
    const standing = await ledger.standing(pipeline, object);
    return standing === 'new' || standing === 'failed';
  });
  return unsettled.filter((_, index) => waits[index]);
}
