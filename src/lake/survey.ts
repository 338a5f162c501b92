import type { SourceObject } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import type { ObjectStore } from '../ports/object-store';
import { createDigestSet, type DigestSet } from './digest-set';
import { isInLandingZone, sourceObject, type LandingZone } from './landing-zone';
import { versionDigest } from './ledger';

export interface SurveyOptions {
  /** At most so many objects are named; the oldest ones. */
  readonly limit: number;
  /** Whether versions whose run failed for good count as settled. */
  readonly failedAreSettled: boolean;
}

export interface Survey {
  /** Object versions in the landing zone. */
  readonly landed: number;
  /** Versions that no record settles, oldest first. */
  readonly unsettled: readonly SourceObject[];
  /** There are more unsettled ones than were named. */
  readonly more: boolean;
  /** Delete markers that are not recorded. */
  readonly removals: readonly SourceObject[];
}

/** Unsettled versions kept at a time, in units of the limit: memory stays bounded, the oldest win. */
const ROOM = 4;

/**
 * Compares all that landed with the ledger. It costs two lists (the landing zone with versions, the ledger), one
 * request for each thousand entries, and eight bytes of memory for each entry of the ledger; nothing is read for what
 * is settled.
 */
export async function surveyLandingZone(
  store: ObjectStore,
  pipeline: string,
  zone: LandingZone,
  { limit, failedAreSettled }: SurveyOptions,
): Promise<Survey> {
  const settled = await settledVersions(store, zone.bucket, pipeline, failedAreSettled);
  let unsettled: readonly SourceObject[] = [];
  let fresh: SourceObject[] = [];
  let landed = 0;
  let dropped = false;
  const removals: SourceObject[] = [];
  for await (const summary of store.listVersions(zone.bucket, zone.prefix)) {
    const object = sourceObject(zone.bucket, summary);
    if (!isInLandingZone(zone, object)) continue;
    if (!summary.deleted) landed += 1;
    if (settled.has(versionDigest(object))) continue;
    if (summary.deleted) {
      if (removals.length < limit) removals.push(object);
      continue;
    }
    fresh.push(object);
    if (fresh.length < ROOM * limit) continue;
    const merged = oldestFirst(unsettled, fresh);
    dropped ||= merged.length > limit;
    unsettled = merged.slice(0, limit);
    fresh = [];
  }
  const merged = oldestFirst(unsettled, fresh);
  return { landed, unsettled: merged.slice(0, limit), more: dropped || merged.length > limit, removals };
}

async function settledVersions(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
  failedAreSettled: boolean,
): Promise<DigestSet> {
  const settled = createDigestSet();
  const prefixes = [
    lakeLayout.ledgerPrefix(pipeline),
    lakeLayout.ledgerRemovedPrefix(pipeline),
    ...(failedAreSettled ? [lakeLayout.ledgerFailedPrefix(pipeline)] : []),
  ];
  for (const prefix of prefixes) {
    for await (const { key } of store.list(bucket, prefix)) settled.add(key.slice(prefix.length));
  }
  return settled;
}

/** @param fresh in the order of the list, where newer versions of a key come first. */
function oldestFirst(
  known: readonly SourceObject[],
  fresh: readonly SourceObject[],
): readonly SourceObject[] {
  return [...known, ...fresh.toReversed()].sort(
    (left, right) => compare(left.lastModified, right.lastModified) || compare(left.key, right.key),
  );
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
