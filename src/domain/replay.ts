import type { ArtifactRef, ReplayScope } from './artifact';

/** What became of a batch with rejected rows, written once when it is finished. */
export interface BatchOutcome {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly batchDigest: string;
  /** Workflow id. */
  readonly run: string;
  readonly planDigest: string;
  readonly verdict: 'accepted' | 'rejected';
  readonly rows: number;
  readonly quarantinedRows: number;
  /** The judgement that counts; absent when no row was rejected. */
  readonly quarantine?: ArtifactRef;
  readonly replay?: ReplayScope;
  /** Digest of the batch whose place it takes: of that one nothing is open any more once this one is accepted. */
  readonly insteadOf?: string;
  /** Only of a replay that somebody gave up: it was never judged, and never will be. */
  readonly released?: { readonly by: string; readonly reason: string };
}
