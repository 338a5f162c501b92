import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { TableName } from '../domain/lake-layout';
import type { BacklogRef, CarriedQueue, IntakeTotals, ObjectHint } from '../domain/intake';
import type { PauseNote } from '../domain/pause-note';
import type { CompactTableResult, VacuumTableResult } from './activities/maintenance';
import type { StageProgress } from '../domain/run-report';
import type { ArtifactRef } from '../domain/artifact';
import type { CarriedTurns } from '../domain/turns';
import type { EvaluateResult, Stage, TableVersion } from '../domain/stage';

export type { ObjectHint } from '../domain/intake';

// datasetIntake ------------------------------------------------------------------------------------------------

export interface DatasetIntakeInput {
  readonly pipeline: string;
  /** Carried over by continue-as-new; leave out. */
  readonly carried?: IntakeCarriedState;
}

/** A batch on its way through a run, however often that has to be started. */
export interface CurrentRun {
  readonly workflowId: string;
  readonly planDigest: string;
  readonly batch: { readonly digest: string; readonly uri: string; readonly objects: number };
  readonly trigger: RunTrigger;
  /** Not started yet, or waiting for its next try at this time; absent while it runs. */
  readonly startAtMs?: number;
  /** Pause before the try after the next failure. */
  readonly waitMs: number;
}

/** What continue-as-new carries over: a few KB, whatever landed meanwhile. */
export interface IntakeCarriedState extends CarriedQueue {
  readonly current?: CurrentRun;
  readonly lastRun?: string;
  /** When the batch that is being collected was begun. */
  readonly collectingSinceMs?: number;
  /** Runs that others started, at work or waiting for their turn. */
  readonly turns?: CarriedTurns;
}

export interface IntakeProgress {
  readonly pipeline: string;
  readonly state: 'idle' | 'collecting' | 'running' | 'paused';
  /** Runs that others started and that wait for their turn. */
  readonly waitingRuns: number;
  /** Objects that wait, roughly; 0 = nothing to do. */
  readonly pending: number;
  /** Who paused it and why. */
  readonly pauseNote?: PauseNote;
  readonly currentRun?: string;
  readonly lastRun?: string;
  readonly totals: IntakeTotals;
}

export const objectLandedSignal = defineSignal<[{ readonly objects: readonly ObjectHint[] }]>('objectLanded');
/** A survey of the landing zone found objects that no event told of. */
export const backlogFoundSignal = defineSignal<[BacklogRef]>('backlogFound');
/** A request for a deliberate re-run stands in the lake under this id. */
export const runAgainSignal = defineSignal<[{ readonly request: string }]>('runAgain');
/** The note may be left out. */
export const pauseSignal = defineSignal<[PauseNote?]>('pause');
export const resumeSignal = defineSignal('resume');
export const intakeProgressQuery = defineQuery<IntakeProgress>('progress');

// reconcileIntake ----------------------------------------------------------------------------------------------

export interface ReconcileIntakeInput {
  /** Default: every pipeline in the lake. */
  readonly pipeline?: string;
}

// pipelineRun --------------------------------------------------------------------------------------------------

export type RunTrigger = 'event' | 'manual' | 'schedule' | 'replay' | 'backfill';

export interface PipelineRunInput {
  readonly pipeline: string;
  readonly planDigest?: string;
  readonly batch?: { readonly digest: string; readonly uri: string };
  readonly objects?: readonly string[];
  readonly trigger?: RunTrigger;
  /** From this stage on results are made anew even where they could be reused. */
  readonly freshFrom?: Stage;
  /** Ends the run after this stage. @default all stages */
  readonly through?: 'transform';
  /** Waits until the pipeline's intake lets it work, as it lets its own runs: one at a time. */
  readonly inTurn?: boolean;
}

export type RunVerdict =
  'promoted' | 'kept' | 'not_trained' | 'rejected' | 'rolled_back' | 'nothing_new' | 'failed' | 'cancelled';

export interface RunProgress {
  readonly pipeline: string;
  readonly verdict?: RunVerdict;
  readonly stages: readonly StageProgress[];
}

export interface NotificationResult {
  readonly kind: string;
  readonly status: 'sent' | 'failed';
  readonly reason?: string;
}

/** What a finished run leaves in its memo, its result and the lake; numbers only, no rows. */
export interface RunSummary {
  readonly pipeline: string;
  readonly verdict: RunVerdict;
  readonly reasons: readonly string[];
  readonly planDigest: string;
  readonly batchDigest?: string;
  readonly objects: number;
  readonly rows: number;
  readonly quarantinedRows: number;
  readonly cleanVersion?: number;
  readonly featuresVersion?: number;
  readonly metric?: EvaluateResult['metric'];
  readonly challenger?: number;
  readonly champion?: number;
  readonly modelVersion?: number;
  readonly liveVersion?: number;
  readonly snapshot?: string;
  /** Who was told; a failure here is no failure of the run. */
  readonly notifications?: readonly NotificationResult[];
  readonly stages: readonly StageProgress[];
}

/** References to what a run has published so far; its report is made of them. */
export interface RunFindings {
  readonly manifest?: ArtifactRef;
  readonly quality?: ArtifactRef;
  readonly profile?: ArtifactRef;
  readonly quarantine?: ArtifactRef;
  readonly clean?: TableVersion;
  readonly features?: TableVersion;
  readonly trainDigest?: string;
  readonly evaluation?: ArtifactRef;
  /** Model version that was live when the run met it; absent = none was, or the run did not come to it. */
  readonly liveBefore?: number;
}

export interface RunPlanView {
  readonly planDigest: string;
  readonly planUri: string;
  readonly batchDigest?: string;
}

export const runProgressQuery = defineQuery<RunProgress>('progress');
export const runPlanQuery = defineQuery<RunPlanView | undefined>('plan');
/** Asks the run to stop after compensating; `temporal workflow cancel` does the same. */
export const cancelRunSignal = defineSignal('cancelRun');

// maintainTables -----------------------------------------------------------------------------------------------

export interface MaintainTablesInput {
  readonly pipeline: string;
  readonly action: 'vacuum' | 'compact';
  /** @default all */
  readonly tables?: readonly TableName[];
  /** Vacuum only. @default 30 */
  readonly retentionDays?: number;
  /** Vacuum only: say what would be deleted. @default true */
  readonly dryRun?: boolean;
}

export interface MaintainTablesResult {
  readonly pipeline: string;
  readonly action: 'vacuum' | 'compact';
  readonly dryRun: boolean;
  readonly vacuumed: readonly VacuumTableResult[];
  readonly compacted: readonly CompactTableResult[];
}
