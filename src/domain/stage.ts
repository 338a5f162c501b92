import type { ArtifactRef } from './artifact';
import type { MetricName } from './plan';

export const STAGES = [
  'ingest',
  'validate',
  'transform',
  'train',
  'evaluate',
  'register',
  'deploy',
  'backup',
] as const;
export type Stage = (typeof STAGES)[number];

/** What every stage needs to know about the run it works for. */
export interface RunRef {
  readonly pipeline: string;
  readonly planDigest: string;
  readonly batchDigest: string;
  /** Workflow id, for the record: other runs say from which run they took a result. */
  readonly workflowId?: string;
  /** From this stage on results are made anew, even where they could be reused. */
  readonly freshFrom?: Stage;
}

export function isFresh({ freshFrom }: RunRef, stage: Stage): boolean {
  return freshFrom !== undefined && STAGES.indexOf(stage) >= STAGES.indexOf(freshFrom);
}

/** How an attempt came by a stage's result. */
export interface Reusable {
  /** True when an earlier attempt or run had already published the result and it was found intact. */
  readonly reused: boolean;
  /** Workflow id of the run that did the work. */
  readonly reusedFrom?: string;
  /** Digest of everything that went into the result; its parts are stored beside it. */
  readonly digest?: string;
}

export interface IngestResult extends Reusable {
  readonly manifest: ArtifactRef;
  readonly objects: number;
  readonly bytes: number;
  readonly skipped: number;
}

export interface ValidateResult extends Reusable {
  readonly verdict: 'accepted' | 'rejected';
  /** Why the batch was rejected, at most 5 sentences; the report has all. */
  readonly reasons: readonly string[];
  readonly rows: number;
  readonly acceptedRows: number;
  readonly quarantinedRows: number;
  /** Parquet; absent when rejected. */
  readonly accepted?: ArtifactRef;
  /** Parquet, one row per rejected row; absent when there is none. */
  readonly quarantine?: ArtifactRef;
  /** JSON: what the rows look like; absent when no row could be read. */
  readonly profile?: ArtifactRef;
  /** JSON quality report. */
  readonly report: ArtifactRef;
}

export interface TableVersion {
  readonly version: number;
  readonly rows: number;
  readonly files: number;
  /** SHA-256 over the sorted (path, sha256) pairs of the live files: equal content, equal digest. */
  readonly contentDigest: string;
}

export interface TransformResult extends Reusable {
  readonly clean: TableVersion;
  readonly features: TableVersion;
  /** Accepted rows that a later row of the batch with the same key replaced. */
  readonly replacedInBatch?: number;
  /** Rows of the table that a row of the batch with the same key replaced, equal ones included. */
  readonly replacedInTable?: number;
}

export interface TrainResult extends Reusable {
  /** Digest of everything that went into the training; names the artifact directory. */
  readonly trainDigest: string;
  readonly files: ModelFiles;
  readonly featuresVersion: number;
  /** ISO date (UTC): rows from this day on are the holdout. */
  readonly holdoutFrom: string;
  readonly trainRows: number;
  readonly holdoutRows: number;
  readonly device: string;
}

/** The table is fine but nothing can be learned from it yet: a result, not a failure. */
export interface NotTrained extends Reusable {
  readonly notTrained: string;
}

export interface ModelFiles {
  readonly onnx: ArtifactRef;
  readonly booster: ArtifactRef;
  readonly features: ArtifactRef;
  readonly metrics: ArtifactRef;
  readonly golden: ArtifactRef;
  /** Latest value of each rolling window for each key, for online requests. */
  readonly lookups: ArtifactRef;
}

export interface EvaluateResult extends Reusable {
  readonly decision: 'promote' | 'keep';
  readonly reason: string;
  readonly metric: MetricName;
  readonly challenger: number;
  readonly champion?: number;
  /** Version that the challenger was compared with. */
  readonly championVersion?: number;
  /** Version that was live, whether it could be compared or not; absent = none was. */
  readonly liveVersion?: number;
  readonly baseline: number;
  readonly holdoutRows: number;
  readonly report: ArtifactRef;
}

export interface RegisterResult extends Reusable {
  readonly version: number;
  readonly record: ArtifactRef;
}

export interface DeployResult {
  readonly outcome: 'live' | 'rolled_back';
  readonly version: number;
  readonly previousVersion?: number;
  readonly reason?: string;
  readonly goldenRows: number;
  readonly maxDifference: number;
}

export interface BackupResult extends Reusable {
  readonly snapshot: string;
  readonly manifest: ArtifactRef;
  readonly objects: number;
  readonly bytes: number;
  readonly copiedObjects: number;
  readonly verifiedObjects: number;
}
