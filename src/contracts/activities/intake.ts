import type { BacklogRef, ObjectHint } from '../../domain/intake';
import type { BatchPlan } from '../../domain/plan';
import type { RunState } from '../../domain/run-state';
import type { SourceObject } from '../../domain/artifact';
import type { AgainRequest, BatchRef } from './control';

export interface IntakeSettings {
  readonly planDigest: string;
  readonly batch: BatchPlan;
}

export interface ResolveBatchInput {
  readonly pipeline: string;
  readonly planDigest: string;
  readonly hints: readonly ObjectHint[];
  /** URI of a batch document that these hints are to be added to: the result holds both. */
  readonly extend?: string;
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

export interface ResolveBacklogInput {
  readonly pipeline: string;
  readonly planDigest: string;
  readonly backlog: { readonly uri: string; readonly offset: number };
}

export interface ResolveBacklogOutput {
  readonly batch?: BatchRef;
  readonly skipped: number;
  /** Where the next batch begins; absent at the end. */
  readonly nextOffset?: number;
}

export interface SurveyOutput {
  readonly landed: number;
  /** Absent when everything is settled. */
  readonly backlog?: BacklogRef;
  /** There is more than the backlog names. */
  readonly more: boolean;
}

/** What a survey found, oldest first; content-addressed. */
export interface BacklogDocument {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly objects: readonly SourceObject[];
}

/** A request for a deliberate re-run, as it stands in the lake. */
export interface AgainDocument extends AgainRequest {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly requestedAt: string;
  readonly objects: readonly SourceObject[];
}

export interface ReconcileInput {
  /** Default: every pipeline in the lake. */
  readonly pipeline?: string;
}

export interface ReconcileOutput {
  readonly pipelines: number;
  readonly landed: number;
  /** Object versions that had no event, or whose event is still on its way. */
  readonly unsettled: number;
  /** Pipelines that could not be looked at, and the first reason. */
  readonly failed: number;
  readonly problem?: string;
}

export interface RecordFailureInput {
  readonly pipeline: string;
  readonly batch: Pick<BatchRef, 'digest' | 'uri'>;
  readonly workflowId: string;
}

/** What the intake asks of the lake. Task queue `millrace`. */
export interface IntakeActivities {
  readonly readIntakeSettings: (input: { readonly pipeline: string }) => Promise<IntakeSettings>;
  /** The state of a run that this entity did not start itself, or started before it continued as new. */
  readonly describeRun: (input: { readonly workflowId: string }) => Promise<RunState>;
}

/** Several store calls for each object, or lists of all that landed. Task queue `millrace`. */
export interface LandingActivities {
  /** Looks up each hinted key, drops what is gone, foreign or settled, writes the batch document. */
  readonly resolveBatch: (input: ResolveBatchInput) => Promise<ResolveBatchOutput>;
  /** The same for the next objects of a backlog. */
  readonly resolveBacklog: (input: ResolveBacklogInput) => Promise<ResolveBacklogOutput>;
  /** The batch of a deliberate re-run. @throws PermanentFailure NotFound */
  readonly openAgain: (input: { readonly pipeline: string; readonly request: string }) => Promise<BatchRef>;
  /** Compares the landing zone with the ledger; the difference becomes a backlog document. */
  readonly surveyLandingZone: (input: { readonly pipeline: string }) => Promise<SurveyOutput>;
  /** Surveys, and tells the intake of each pipeline what it did not hear of. */
  readonly reconcile: (input: ReconcileInput) => Promise<ReconcileOutput>;
  /** Keeps the objects of a run that failed for good out of later batches until somebody asks for them. */
  readonly recordFailure: (input: RecordFailureInput) => Promise<void>;
}
