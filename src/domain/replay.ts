import type { ArtifactRef } from './artifact';

/** Which rows of a batch's objects a replay brings back. */
export interface ReplayScope {
  /** Digests of the batches that had rejected them. */
  readonly of: readonly string[];
  /**
   * Parquet `batch, source_uri, version_id, line`: the rows. Absent = all rows of all objects, for a batch that was
   * rejected whole.
   */
  readonly rows?: ArtifactRef;
  /**
   * Position of the corrected file among the batch's objects: its rows take the place of `rows`, the other objects
   * are only there to be judged along with it.
   */
  readonly correction?: number;
}

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
}
