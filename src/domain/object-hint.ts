/**
 * An S3 event, reduced to what we may trust: that something happened to this key. What exactly, the store's list of
 * versions says: events come twice, late, out of order or never (docs/decisions/0005-events-are-hints.md).
 */
export interface ObjectHint {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  /** S3's order of events for one key. With `versionId` it identifies the event; order is taken from the store. */
  readonly sequencer?: string;
  /** The event says that the object, or this version of it, was removed. */
  readonly removed?: boolean;
}

/** One look at a key finds all its versions: while that is pending, more hints of the key say nothing new. */
export function hintIdentity({ bucket, key, removed }: ObjectHint): string {
  return `${bucket}/${key}${removed === true ? '\n-' : ''}`;
}

/** 53 bits that stand for one object version; undefined without a version id. */
export function versionFingerprint({ bucket, key, versionId, removed }: ObjectHint): string | undefined {
  return versionId === undefined || removed === true ? undefined : hash53(`${bucket}/${key}@${versionId}`);
}

/**
 * Hex. Two of the hundred remembered versions collide once in 10¹² times, and then the next reconciliation finds the
 * object. Source: cyrb53 by bryc (public domain).
 */
function hash53(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(16);
}
