import {
  objectVersionId,
  type ManifestEntry,
  type SkippedObject,
  type SourceObject,
} from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import type { ObjectLocation } from '../domain/s3-uri';
import { TransientFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import { sha256Hex } from './digest';
import { createDocument, findDocument, swapDocument } from './documents';

export type LedgerEntry =
  | {
      readonly verdict: 'accepted' | 'rejected';
      readonly object: ManifestEntry;
      readonly batchDigest: string;
    }
  | { readonly verdict: 'skipped'; readonly object: SkippedObject; readonly batchDigest: string }
  /** A newer version of the key had been accepted before anybody heard of this one. */
  | { readonly verdict: 'superseded'; readonly object: SourceObject };

interface LedgerHead {
  /** Content last accepted for the key. */
  readonly sha256: string;
  readonly batchDigest: string;
  readonly lastModified: string;
}

/** The run that could not be finished. */
export interface FailedRun {
  readonly batchDigest: string;
  readonly workflowId: string;
}

/**
 * `new`: never processed. `processed`: this very version was. `superseded`: a newer version of the key was accepted
 * already, so its rows must not come back over the newer ones. `failed`: its run ended with a final failure and waits
 * for somebody.
 */
export type ObjectStanding = 'new' | 'processed' | 'superseded' | 'failed';

/**
 * What was processed: one create-only record per object version, and for each key the content last accepted.
 */
export interface Ledger {
  readonly find: (pipeline: string, object: SourceObject) => Promise<LedgerEntry | undefined>;
  readonly standing: (pipeline: string, object: SourceObject) => Promise<ObjectStanding>;
  /** Whether a newer version of the object's key was accepted. */
  readonly isSuperseded: (pipeline: string, object: SourceObject) => Promise<boolean>;
  /** Batch that published exactly this content as the newest of its key. */
  readonly publishedBy: (pipeline: string, object: ManifestEntry) => Promise<string | undefined>;
  /** Idempotent. @throws TransientFailure CommitConflict when another run moved the key's head at the same time. */
  readonly record: (pipeline: string, entry: LedgerEntry) => Promise<void>;
  /** Idempotent. @param marker the delete marker, or what the event said. */
  readonly recordRemoval: (
    pipeline: string,
    marker: ObjectLocation & { readonly versionId?: string },
  ) => Promise<void>;
  /** From now on only a person's wish brings this version into a batch. */
  readonly markFailed: (pipeline: string, object: SourceObject, run: FailedRun) => Promise<void>;
  readonly clearFailed: (pipeline: string, object: SourceObject) => Promise<void>;
}

/** Names an object version in the ledger. */
export function versionDigest(object: SourceObject): string {
  return sha256Hex(objectVersionId(object));
}

export function createLedger(store: ObjectStore, bucket: string): Ledger {
  const entryAt = (pipeline: string, object: SourceObject): ObjectLocation => ({
    bucket,
    key: lakeLayout.ledgerEntry(pipeline, versionDigest(object)),
  });
  const headAt = (pipeline: string, object: SourceObject): ObjectLocation => ({
    bucket,
    key: lakeLayout.ledgerHead(pipeline, sha256Hex(`${object.bucket}/${object.key}`)),
  });
  const failureAt = (pipeline: string, object: SourceObject): ObjectLocation => ({
    bucket,
    key: lakeLayout.ledgerFailure(pipeline, versionDigest(object)),
  });
  const find = async (pipeline: string, object: SourceObject): Promise<LedgerEntry | undefined> =>
    (await findDocument<LedgerEntry>(store, entryAt(pipeline, object)))?.value;

  const isSuperseded = async (pipeline: string, object: SourceObject): Promise<boolean> => {
    const head = await findDocument<LedgerHead>(store, headAt(pipeline, object));
    return head !== undefined && head.value.lastModified > object.lastModified;
  };

  return {
    find,
    standing: async (pipeline, object) => {
      if (await find(pipeline, object)) return 'processed';
      if (await isSuperseded(pipeline, object)) return 'superseded';
      return (await findDocument(store, failureAt(pipeline, object))) ? 'failed' : 'new';
    },
    isSuperseded,
    publishedBy: async (pipeline, object) => {
      const head = await findDocument<LedgerHead>(store, headAt(pipeline, object));
      return head?.value.sha256 === object.sha256 ? head.value.batchDigest : undefined;
    },
    record: async (pipeline, entry) => {
      // The entry is written last: where it stands, the head was moved, and may have moved on since.
      const standing = await find(pipeline, entry.object);
      // What was rejected at first and accepted as a replay moves the head as well; its entry stays the first one.
      if (standing && !(standing.verdict === 'rejected' && entry.verdict === 'accepted')) return;
      if (entry.verdict === 'accepted') await moveHead(store, headAt(pipeline, entry.object), entry);
      await createDocument(store, entryAt(pipeline, entry.object), entry);
    },
    recordRemoval: async (pipeline, { bucket: from, key, versionId }) => {
      const digest = sha256Hex(`${from}/${key}@${versionId ?? 'removed'}`);
      const location = { bucket, key: lakeLayout.ledgerRemoval(pipeline, digest) };
      await createDocument(store, location, { bucket: from, key, ...(versionId ? { versionId } : {}) });
    },
    markFailed: async (pipeline, object, run) => {
      await createDocument(store, failureAt(pipeline, object), { object, ...run });
    },
    clearFailed: (pipeline, object) => store.remove(failureAt(pipeline, object)),
  };
}

async function moveHead(
  store: ObjectStore,
  location: ObjectLocation,
  { batchDigest, object }: { readonly batchDigest: string; readonly object: ManifestEntry },
): Promise<void> {
  const standing = await findDocument<LedgerHead>(store, location);
  const next: LedgerHead = { sha256: object.sha256, batchDigest, lastModified: object.lastModified };
  if (standing && standing.value.lastModified > next.lastModified) return;
  if (standing?.value.sha256 === next.sha256 && standing.value.lastModified === next.lastModified) return;
  if (await swapDocument(store, location, next, standing?.etag)) return;
  throw new TransientFailure('CommitConflict', 'Another run recorded this key at the same time', {
    key: object.key,
    batchDigest,
  });
}
