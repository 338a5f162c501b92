import { objectVersionId, type SourceObject } from './artifact';

/** An object that a hint led to, and where that hint stood. */
export interface BatchCandidate {
  readonly index: number;
  readonly object: SourceObject;
}

export interface ChosenBatch {
  /** In hint order. */
  readonly objects: readonly SourceObject[];
  /** Indexes of hints whose turn comes in a later batch. */
  readonly later: readonly number[];
}

/**
 * Which objects go into one batch: each version once, of each key only the oldest version (a batch is checked as a
 * whole, and two versions of one file would contradict each other), and no more bytes than allowed, but at least one
 * object.
 */
export function chooseBatch(candidates: readonly BatchCandidate[], maxBytes: number): ChosenBatch {
  const oldest = oldestVersions(candidates);
  const objects: SourceObject[] = [];
  const later: number[] = [];
  const taken = new Set<string>();
  let bytes = 0;
  for (const { index, object } of candidates) {
    const version = objectVersionId(object);
    if (taken.has(version)) continue;
    const fits = objects.length === 0 || bytes + object.bytes <= maxBytes;
    if (!fits || oldest.get(keyOf(object)) !== version) {
      later.push(index);
      continue;
    }
    taken.add(version);
    objects.push(object);
    bytes += object.bytes;
  }
  return { objects, later };
}

/** For each key the version that landed first; in case of a tie the one whose hint came first. */
function oldestVersions(candidates: readonly BatchCandidate[]): ReadonlyMap<string, string> {
  const oldest = new Map<string, SourceObject>();
  for (const { object } of candidates) {
    const known = oldest.get(keyOf(object));
    if (!known || object.lastModified < known.lastModified) oldest.set(keyOf(object), object);
  }
  return new Map([...oldest].map(([key, object]) => [key, objectVersionId(object)]));
}

function keyOf({ bucket, key }: SourceObject): string {
  return `${bucket}/${key}`;
}
