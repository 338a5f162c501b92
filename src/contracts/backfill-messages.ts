import { defineQuery } from '@temporalio/workflow';
import type { BackfillWish } from '../domain/backfill';
import type { PauseNote } from '../domain/pause-note';
import type { BackfillPlanRef } from './activities/backfill';
import type { RunVerdict } from './messages';

export interface BackfillInput extends BackfillWish {
  readonly pipeline: string;
  /** Runs at a time. @default 2 */
  readonly concurrency?: number;
  /** Who wants it, for the record. */
  readonly by?: string;
  /** Ends with the plan. */
  readonly dryRun?: boolean;
  /** The plan to carry out, as a dry run gave it. @default one made now */
  readonly plan?: BackfillPlanRef;
  /** Carried over by continue-as-new; leave out. */
  readonly carried?: BackfillCarried;
}

export interface BackfillCounts {
  readonly merged: number;
  readonly rejected: number;
  /** Ended for good without a result. */
  readonly failed: number;
  /** Not started: an older batch of the same days failed, and must not be merged over it later. */
  readonly held: number;
  /** Nothing was to be done any more. */
  readonly settled: number;
}

/** A run, and what it was started with. */
export interface BackfillRun {
  readonly workflowId: string;
  readonly batch: { readonly digest: string; readonly uri: string };
}

/** What continue-as-new carries over: a few KB, however many batches there are. */
export interface BackfillCarried {
  /** Position of the next item that was not looked at. */
  readonly next: number;
  /** Earlier items that have to be tried again. */
  readonly open: readonly number[];
  /** Positions of items that failed or were held. */
  readonly lost: readonly number[];
  readonly counts: BackfillCounts;
  /** The run with the newest version of the feature table. */
  readonly newest?: BackfillRun & { readonly featuresVersion: number };
  readonly pause?: PauseNote;
  /** How often a plan had to follow another. */
  readonly round?: number;
}

export interface BackfillProgress {
  readonly pipeline: string;
  readonly state: 'planning' | 'running' | 'paused' | 'training' | 'done';
  readonly wish: BackfillWish;
  readonly plan?: BackfillPlanRef;
  readonly counts: BackfillCounts;
  /** Workflow ids of runs under way. */
  readonly running: readonly string[];
  /** The newest failures, at most five. */
  readonly failures: readonly { readonly workflowId: string; readonly reason: string }[];
  readonly pauseNote?: PauseNote;
}

export interface BackfillResult {
  readonly pipeline: string;
  readonly plan: BackfillPlanRef;
  readonly counts: BackfillCounts;
  /** Of the run that trained on the result; absent when nothing was merged. */
  readonly verdict?: RunVerdict | 'unknown';
}

export const backfillProgressQuery = defineQuery<BackfillProgress>('progress');
