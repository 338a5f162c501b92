import type { Readable } from 'node:stream';
import type { ObjectLocation } from '../domain/s3-uri';

export interface ObjectHead extends ObjectLocation {
  /** Absent when the bucket is not versioned. */
  readonly versionId?: string;
  /** Without quotes. */
  readonly etag: string;
  readonly bytes: number;
  /** ISO 8601, the store's clock. */
  readonly lastModified: string;
  /** Hex SHA-256 of the whole object when the store holds one (single-part uploads); else absent. */
  readonly sha256?: string;
}

export interface ObjectVersionLocation extends ObjectLocation {
  readonly versionId?: string;
}

/** What to store. Files are streamed; `sha256` is the hex digest of the bytes and is checked by the store. */
export type PutBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly path: string; readonly bytes: number; readonly sha256: string };

export interface OpenObject {
  readonly head: ObjectHead;
  /** The caller must consume or destroy it, and compare its hash: no store promises to have done so. */
  readonly body: Readable;
}

export type CreateResult =
  | { readonly created: true; readonly head: ObjectHead }
  /** Somebody else's (or an earlier attempt's) object stands there; `head` describes it. */
  | { readonly created: false; readonly head: ObjectHead };

export interface ObjectSummary {
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
  readonly lastModified: string;
}

/** One version of an object, or a marker that hides the older ones. */
export interface ObjectVersionSummary extends ObjectSummary {
  /** Absent when the bucket is not versioned. */
  readonly versionId?: string;
  /** A delete marker: no content, only the news that the object was removed. */
  readonly deleted: boolean;
}

/**
 * An S3-compatible store, as far as Millrace needs one.
 *
 * A store must guarantee: read-after-write consistency; atomic `If-None-Match: *` and `If-Match` on put; a
 * reader sees a whole object or none; listing in key order.
 *
 * Failures, on every method: `PermanentFailure('NotFound')` for a missing object or bucket;
 * `PermanentFailure('InvalidInput')` for a key the store would change or refuse; `PermanentFailure('IntegrityError')`
 * when bytes and checksum differ; `TransientFailure('StoreUnavailable')` for everything technical.
 */
export interface ObjectStore {
  readonly head: (location: ObjectVersionLocation) => Promise<ObjectHead>;
  readonly open: (location: ObjectVersionLocation) => Promise<OpenObject>;
  /** Unconditional put; only for the landing zone and for rewriting equal content-addressed bytes. */
  readonly put: (location: ObjectLocation, body: PutBody) => Promise<ObjectHead>;
  /** Creates the object unless one exists (`If-None-Match: *`). Exactly one of any number of racers creates. */
  readonly createIfAbsent: (location: ObjectLocation, body: PutBody) => Promise<CreateResult>;
  /** Replaces the object only if its ETag still is `etag` (`If-Match`); undefined = lost the race. */
  readonly replaceIfMatch: (
    location: ObjectLocation,
    body: PutBody,
    etag: string,
  ) => Promise<ObjectHead | undefined>;
  /** Server-side copy within the store; unconditional. */
  readonly copy: (from: ObjectVersionLocation, to: ObjectLocation) => Promise<ObjectHead>;
  /** All current objects under `prefix`, in key order. @param startAfter only keys that sort behind this one */
  readonly list: (bucket: string, prefix: string, startAfter?: string) => AsyncIterable<ObjectSummary>;
  /**
   * Every version under `prefix` that the store still has, removed objects included: keys in order, of each key the
   * newest content first. `lastModified` is in whole seconds, as everywhere, so only this order tells which of two
   * versions of one second is newer.
   */
  readonly listVersions: (bucket: string, prefix: string) => AsyncIterable<ObjectVersionSummary>;
  /**
   * Removing what is not there succeeds. In a versioned bucket the object is hidden; with a `versionId` that version
   * is gone for good, and what stood before it stands again.
   */
  readonly remove: (location: ObjectVersionLocation) => Promise<void>;
}
