import {
  objectVersionId,
  type ManifestEntry,
  type SkippedObject,
  type SourceObject,
} from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import type { ObjectStore } from '../ports/object-store';
import { sha256Hex } from './digest';
import { createDocument, findDocument, swapDocument } from './documents';

export type LedgerEntry = { readonly batchDigest: string } & (
  | { readonly verdict: 'accepted' | 'rejected'; readonly object: ManifestEntry }
  | { readonly verdict: 'skipped'; readonly object: SkippedObject }
);

interface LedgerHead {
  /** Content last accepted for the key. */
  readonly sha256: string;
  readonly batchDigest: string;
}

/**
 * What was processed: one create-only record per object version, and for each key the content last accepted.
 */
export interface Ledger {
  readonly find: (pipeline: string, object: SourceObject) => Promise<LedgerEntry | undefined>;
  /** Batch that published exactly this content as the newest of its key. */
  readonly publishedBy: (pipeline: string, object: ManifestEntry) => Promise<string | undefined>;
  readonly record: (pipeline: string, entry: LedgerEntry) => Promise<void>;
}

export function createLedger(store: ObjectStore, bucket: string): Ledger {
  const entryAt = (
    pipeline: string,
    object: SourceObject,
  ): { readonly bucket: string; readonly key: string } => ({
    bucket,
    key: lakeLayout.ledgerEntry(pipeline, sha256Hex(objectVersionId(object))),
  });
  const headAt = (
    pipeline: string,
    object: SourceObject,
  ): { readonly bucket: string; readonly key: string } => ({
    bucket,
    key: lakeLayout.ledgerHead(pipeline, sha256Hex(`${object.bucket}/${object.key}`)),
  });

  return {
    find: async (pipeline, object) =>
      (await findDocument<LedgerEntry>(store, entryAt(pipeline, object)))?.value,
    publishedBy: async (pipeline, object) => {
      const head = await findDocument<LedgerHead>(store, headAt(pipeline, object));
      return head?.value.sha256 === object.sha256 ? head.value.batchDigest : undefined;
    },
    record: async (pipeline, entry) => {
      if (entry.verdict === 'accepted') {
        const location = headAt(pipeline, entry.object);
        const head = await findDocument<LedgerHead>(store, location);
        const next: LedgerHead = { sha256: entry.object.sha256, batchDigest: entry.batchDigest };
        // Runs of one pipeline follow each other, so a lost race is this activity's own earlier attempt.
        if (head?.value.sha256 !== next.sha256) await swapDocument(store, location, next, head?.etag);
      }
      await createDocument(store, entryAt(pipeline, entry.object), entry);
    },
  };
}
