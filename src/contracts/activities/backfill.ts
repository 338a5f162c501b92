import type { BackfillCost, BackfillItem, BackfillPlan, BackfillWish } from '../../domain/backfill';
import type { BatchRef } from './control';

export interface PlanBackfillInput {
  readonly pipeline: string;
  readonly wish: BackfillWish;
  readonly concurrency: number;
  readonly by: string;
  /** A backfill's plan that was carried out: plans only what has to follow it. */
  readonly follows?: string;
}

/** A plan lies in the lake; histories hold only this. */
export interface BackfillPlanRef {
  readonly uri: string;
  /** Pinned for all runs of the backfill. */
  readonly planDigest: string;
  readonly cost: BackfillCost;
  readonly more: boolean;
}

/** `runs/<pipeline>/backfills/<digest>.json` */
export interface BackfillDocument extends BackfillPlan {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly planDigest: string;
  readonly wish: BackfillWish;
  readonly by: string;
  readonly plannedAt: string;
  /** Ids of batches that earlier plans of this backfill held. */
  readonly ran: readonly string[];
}

export interface OpenBackfillItemInput {
  readonly pipeline: string;
  readonly plan: string;
  /** Position in the plan. */
  readonly index: number;
}

export interface OpenBackfillItemOutput {
  /** Absent when there is nothing to do any more. */
  readonly batch?: Pick<BatchRef, 'digest' | 'uri' | 'objects'>;
  readonly after: BackfillItem['after'];
}

/** Reads the books of a pipeline: as much as it has runs. Task queue `millrace`. */
export interface BackfillActivities {
  /** Changes nothing but that the plan lies in the lake. */
  readonly planBackfill: (input: PlanBackfillInput) => Promise<BackfillPlanRef>;
  /** The batch of an item, made if need be; idempotent. */
  readonly openBackfillItem: (input: OpenBackfillItemInput) => Promise<OpenBackfillItemOutput>;
}
