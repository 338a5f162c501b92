import type { ArtifactRef, ReplayScope, SourceObject } from '../../domain/artifact';
import type { BackupPlan, BatchPlan, DeployPlan } from '../../domain/plan';
import type { RunRef, ValidateResult } from '../../domain/stage';
import type { ObjectHint } from '../../domain/intake';
import type { RunSummary } from '../messages';

export interface ResolveBatchInput {
  readonly pipeline: string;
  readonly planDigest: string;
  readonly hints: readonly ObjectHint[];
}

export interface BatchRef {
  readonly digest: string;
  readonly uri: string;
  readonly objects: number;
  readonly bytes: number;
}

export interface ResolveBatchOutput {
  /** Absent when nothing in the hints can be processed now. */
  readonly batch?: BatchRef;
  /** How many hints led to nothing new. */
  readonly skipped: number;
  /** Indexes of hints whose turn comes in the next batch. */
  readonly later: readonly number[];
  /** Indexes of hints whose object cannot be looked at now, and the first reason. */
  readonly blocked: readonly number[];
  readonly problem?: string;
}

/** A batch document: which object versions a run works on. Stored, so that histories stay small. */
export interface BatchDocument {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly objects: readonly SourceObject[];
  /** Only for a replay of quarantined rows. */
  readonly replay?: ReplayScope;
}

export interface OpenRunInput {
  readonly pipeline: string;
  /** Default: the current plan. */
  readonly planDigest?: string;
  readonly batch?: Pick<BatchRef, 'digest' | 'uri'>;
  /** `s3://bucket/key` URIs; default with no batch: all that landed and is not processed yet. */
  readonly objects?: readonly string[];
}

/** The part of the plan that steers the workflow; activities read the whole plan by its digest. */
export interface RunControl {
  readonly deploy: DeployPlan;
  readonly backup: BackupPlan;
}

export interface OpenRunOutput {
  readonly planDigest: string;
  readonly planUri: string;
  /** Absent when there is nothing to process. */
  readonly batch?: BatchRef;
  readonly control: RunControl;
}

export interface RecordBatchInput {
  readonly run: RunRef;
  readonly manifest: ArtifactRef;
  readonly verdict: 'accepted' | 'rejected';
  /** Absent when there was nothing to judge. */
  readonly validated?: Pick<ValidateResult, 'rows' | 'quarantinedRows' | 'quarantine'>;
}

export interface RecordRunInput {
  readonly run: RunRef;
  readonly workflowId: string;
  readonly runId: string;
  readonly summary: RunSummary;
}

export interface IntakeSettings {
  readonly planDigest: string;
  readonly batch: BatchPlan;
}

/** Light decisions and records around the stages. Task queue `millrace`. */
export interface ControlActivities extends BatchActivities {
  readonly readIntakeSettings: (input: { readonly pipeline: string }) => Promise<IntakeSettings>;
  readonly recordRun: (input: RecordRunInput) => Promise<void>;
}

/** Several store calls for each object: they take as long as the batch is big. Task queue `millrace`. */
export interface BatchActivities {
  /** Looks up each hinted object, drops what is gone, foreign or already processed, writes the batch document. */
  readonly resolveBatch: (input: ResolveBatchInput) => Promise<ResolveBatchOutput>;
  readonly openRun: (input: OpenRunInput) => Promise<OpenRunOutput>;
  /** Marks the batch's object versions as processed. */
  readonly recordBatch: (input: RecordBatchInput) => Promise<void>;
}
