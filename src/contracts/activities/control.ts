import type { ArtifactRef, ReplayScope, SourceObject } from '../../domain/artifact';
import type { BackupPlan, DeployPlan, NotifyPlan } from '../../domain/plan';
import type { RunRef, ValidateResult } from '../../domain/stage';
import type { RunSummary } from '../messages';

export interface BatchRef {
  readonly digest: string;
  readonly uri: string;
  readonly objects: number;
  readonly bytes: number;
}

/** A batch document: which object versions a run works on. Stored, so that histories stay small. */
export interface BatchDocument {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly objects: readonly SourceObject[];
  /** Only for a replay of quarantined rows. */
  readonly replay?: ReplayScope;
  /** A deliberate re-run of what was processed before. */
  readonly again?: AgainRequest;
}

/** Who asked for a re-run, and why; stands in the lake before the run starts. */
export interface AgainRequest {
  readonly request: string;
  readonly by: string;
  readonly reason: string;
  /** Names the object versions, in a backfill. */
  readonly of?: string;
  /** The batch that takes the place of, in a backfill: what is quarantined of it is judged anew. */
  readonly batch?: string;
}

export interface OpenRunInput {
  readonly pipeline: string;
  /** Default: the current plan. */
  readonly planDigest?: string;
  readonly batch?: Pick<BatchRef, 'digest' | 'uri'>;
  /** `s3://bucket/key` URIs; default with no batch: all that landed and is not processed yet. */
  readonly objects?: readonly string[];
}

/** What steers the workflow, most of it a part of the plan; activities read the whole plan by its digest. */
export interface RunControl {
  readonly deploy: DeployPlan;
  readonly backup: BackupPlan;
  /** Trainings at a time on all workers together; absent = nobody has to be asked. A setting of the worker. */
  readonly maxTrainings?: number;
  /** By position in the plan; absent = nobody is told. */
  readonly notify?: readonly Pick<NotifyPlan, 'kind' | 'on'>[];
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

export interface NotifyInput extends RecordRunInput {
  /** Position in the plan's `notify`. */
  readonly channel: number;
}

/** Light records around the stages. Task queue `millrace`. */
export interface ControlActivities extends BatchActivities {
  readonly recordRun: (input: RecordRunInput) => Promise<void>;
  /** Idempotent as far as sending can be; see activities/notify.ts. */
  readonly notify: (input: NotifyInput) => Promise<void>;
}

/** Several store calls for each object: they take as long as the batch is big. Task queue `millrace`. */
export interface BatchActivities {
  readonly openRun: (input: OpenRunInput) => Promise<OpenRunOutput>;
  /** Marks the batch's object versions as processed. */
  readonly recordBatch: (input: RecordBatchInput) => Promise<void>;
}
