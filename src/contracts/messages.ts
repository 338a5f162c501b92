import type { EvaluateResult, Stage } from '../domain/stage';
import { defineQuery, defineSignal } from '@temporalio/workflow';

/** An S3 event, reduced to what we may trust: that something happened to this key. */
export interface ObjectHint {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  /** Order of events for one key; compared as right-aligned hex (S3 `sequencer`). */
  readonly sequencer?: string;
}

// datasetIntake ------------------------------------------------------------------------------------------------

export interface DatasetIntakeInput {
  readonly pipeline: string;
  /** Carried over by continue-as-new; leave out. */
  readonly carried?: IntakeCarriedState;
}

export interface IntakeCarriedState {
  readonly pending: readonly ObjectHint[];
  readonly seen: readonly string[];
  readonly paused: boolean;
  readonly totals: IntakeTotals;
}

export interface IntakeTotals {
  readonly events: number;
  readonly duplicates: number;
  readonly runs: number;
  readonly failedRuns: number;
}

export interface IntakeProgress {
  readonly pipeline: string;
  readonly state: 'idle' | 'collecting' | 'running' | 'paused';
  readonly pending: number;
  readonly currentRun?: string;
  readonly lastRun?: string;
  readonly totals: IntakeTotals;
}

export const objectLandedSignal = defineSignal<[{ readonly objects: readonly ObjectHint[] }]>('objectLanded');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const intakeProgressQuery = defineQuery<IntakeProgress>('progress');

// pipelineRun --------------------------------------------------------------------------------------------------

export type RunTrigger = 'event' | 'manual' | 'schedule';

export interface PipelineRunInput {
  readonly pipeline: string;
  readonly planDigest?: string;
  readonly batch?: { readonly digest: string; readonly uri: string };
  readonly objects?: readonly string[];
  readonly trigger?: RunTrigger;
}

export type RunVerdict = 'promoted' | 'kept' | 'rejected' | 'rolled_back' | 'nothing_new';

export type StageStatus = 'waiting' | 'running' | 'done' | 'reused' | 'skipped' | 'failed' | 'cancelled';

export interface StageProgress {
  readonly stage: Stage;
  readonly status: StageStatus;
  readonly seconds?: number;
  readonly note?: string;
}

export interface RunProgress {
  readonly pipeline: string;
  readonly verdict?: RunVerdict;
  readonly stages: readonly StageProgress[];
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
  readonly stages: readonly StageProgress[];
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
