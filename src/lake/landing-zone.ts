import type { SourceObject } from '../domain/artifact';
import type { ObjectLocation } from '../domain/s3-uri';
import type { ObjectStore, ObjectVersionSummary } from '../ports/object-store';

/** Where the files of a pipeline land. */
export interface LandingZone {
  readonly bucket: string;
  /** Ends with `/`. */
  readonly prefix: string;
}

/** Folder markers (`…/`) are no objects. */
export function isInLandingZone(zone: LandingZone, { bucket, key }: ObjectLocation): boolean {
  return bucket === zone.bucket && key.startsWith(zone.prefix) && !key.endsWith('/');
}

export interface KeyVersions {
  /** Content, oldest first. */
  readonly versions: readonly SourceObject[];
  /** Delete markers. */
  readonly removals: readonly SourceObject[];
}

/** Everything that ever stood under a key, as far as the store still has it. */
export async function versionsOfKey(
  store: ObjectStore,
  { bucket, key }: ObjectLocation,
): Promise<KeyVersions> {
  const versions: SourceObject[] = [];
  const removals: SourceObject[] = [];
  const wanted = Buffer.from(key);
  for await (const summary of store.listVersions(bucket, key)) {
    const order = Buffer.compare(Buffer.from(summary.key), wanted);
    if (order > 0) break;
    if (order === 0) (summary.deleted ? removals : versions).push(sourceObject(bucket, summary));
  }
  return { versions: versions.toReversed(), removals };
}

export function sourceObject(
  bucket: string,
  { key, versionId, etag, bytes, lastModified }: ObjectVersionSummary,
): SourceObject {
  return { bucket, key, ...(versionId ? { versionId } : {}), etag, bytes, lastModified };
}
