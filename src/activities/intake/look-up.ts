import type { SourceObject } from '../../domain/artifact';
import type { ObjectHint } from '../../domain/intake';
import { isInLandingZone, versionsOfKey, type LandingZone } from '../../lake/landing-zone';
import { ifFound, PermanentFailure } from '../../ports/failures';
import type { IntakeDependencies } from './dependencies';

export type Finding =
  /** Versions that no run has processed, oldest first; none when there is nothing new. */
  | { readonly kind: 'found'; readonly objects: readonly SourceObject[] }
  /** Cannot be looked at now; somebody has to mend something. */
  | { readonly kind: 'blocked'; readonly problem: string };

type LookUp = Pick<IntakeDependencies, 'store' | 'ledger'>;

const NOTHING: Finding = { kind: 'found', objects: [] };

/**
 * All new versions of the key that a hint names, whichever of them it was about: so one that was overwritten before
 * anybody looked is found too, and events may come twice or in any order. Removals are recorded on the way.
 */
export async function lookUpHint(
  deps: LookUp,
  pipeline: string,
  zone: LandingZone,
  hint: ObjectHint,
): Promise<Finding> {
  if (!isInLandingZone(zone, hint)) return NOTHING;
  return guarded(async () => {
    const { versions, removals } = await versionsOfKey(deps.store, hint);
    for (const marker of removals) await deps.ledger.recordRemoval(pipeline, marker);
    if (hint.removed === true && removals.length === 0) await deps.ledger.recordRemoval(pipeline, hint);
    const objects: SourceObject[] = [];
    for (const version of versions) if (await isNew(deps, pipeline, version)) objects.push(version);
    return objects;
  });
}

/** The same for one version that a survey found. */
export function lookUpVersion(deps: LookUp, pipeline: string, object: SourceObject): Promise<Finding> {
  return guarded(async () => ((await isNew(deps, pipeline, object)) ? [object] : []));
}

/** One object that cannot be looked at must not hold up all others. */
async function guarded(look: () => Promise<readonly SourceObject[]>): Promise<Finding> {
  try {
    return { kind: 'found', objects: await look() };
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    // A key that the store can never have held as it was told.
    if (error.code === 'InvalidInput') return NOTHING;
    return { kind: 'blocked', problem: error.message };
  }
}

async function isNew({ store, ledger }: LookUp, pipeline: string, object: SourceObject): Promise<boolean> {
  const standing = await ledger.standing(pipeline, object);
  if (standing === 'superseded') await ledger.record(pipeline, { verdict: 'superseded', object });
  return standing === 'new' && (await isReadable(store, object));
}

/** False when the version is gone. @throws PermanentFailure AccessDenied */
async function isReadable(store: IntakeDependencies['store'], object: SourceObject): Promise<boolean> {
  return (await ifFound(store.head(object))) !== undefined;
}
