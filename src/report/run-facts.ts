import type { RunFindings, RunSummary, RunTrigger } from '../contracts/messages';
import type { ArtifactRef, ManifestEntry } from '../domain/artifact';
import type { EvaluationReport } from '../domain/evaluation';
import type { PartitionUnit } from '../domain/period';
import type { ColumnDrift } from '../domain/profile-drift';
import type { Profile } from '../domain/profile';
import type { QualityReport } from '../domain/quality-report';
import type { HistoryEntry } from '../domain/run-history';

/** Everything a run's report says: `report.json`, and all that `report.html` is made of (docs/formats/run-report.md). */
export interface RunFacts {
  readonly formatVersion: 1;
  readonly run: RunIdentity;
  readonly summary: RunSummary;
  /** References to what the run published; absent is what it did not come to. */
  readonly findings: RunFindings;
  readonly batch?: BatchFacts;
  readonly quality?: QualityReport;
  readonly profile?: Profile;
  /** The batch against the last accepted one. */
  readonly batchDrift?: Comparison;
  readonly features?: FeatureFacts;
  /** The features against what the champion was trained on. */
  readonly featureDrift?: Comparison;
  readonly evaluation?: EvaluationReport;
  /** Runs of the pipeline up to this one, oldest first. */
  readonly history: readonly HistoryEntry[];
}

export interface RunIdentity {
  readonly pipeline: string;
  readonly description: string;
  readonly workflowId: string;
  readonly runId: string;
  /** ISO 8601 (UTC), like `endedAt`. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly trigger: RunTrigger;
}

export interface BatchFacts {
  readonly manifest: ArtifactRef;
  /** The first of them; `objectCount` says how many there are. */
  readonly objects: readonly ManifestEntry[];
  readonly objectCount: number;
  readonly bytes: number;
}

export interface Comparison {
  /** What is compared with, in words: `run/flights/… of 2013-05-01`, `the training data of model v3`. */
  readonly against: string;
  readonly before: Profile;
  readonly columns: readonly ColumnDrift[];
}

/** Rows of the feature table in the partitions that the batch touched. */
export interface FeatureFacts {
  readonly version: number;
  readonly partitionBy: PartitionUnit;
  /** The first and last partition: `2013-01-31`, `2013-01` or `2013`. */
  readonly from: string;
  readonly to: string;
  readonly partitions: number;
  /** Those that were looked at; fewer than `partitions` when they are too large to read them all. */
  readonly profiledPartitions: number;
  readonly profile: Profile;
}
