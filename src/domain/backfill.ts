import type { SourceObject } from './artifact';
import type { DaySpan } from './period';
import type { Stage } from './stage';

/** What a backfill may be limited to. */
export const BACKFILL_KINDS = ['failed', 'missing', 'stale'] as const;
export type BackfillKind = (typeof BACKFILL_KINDS)[number];

export interface BackfillWish extends DaySpan {
  /** @default all kinds */
  readonly only?: BackfillKind;
}

/** What is known of a batch, or of files that are in none. */
export interface BatchFacts {
  /** Names the object versions; the same for each run of them. */
  readonly id: string;
  /** Digest of the batch document that ran last; absent for files in none. */
  readonly batch?: string;
  readonly state: 'accepted' | 'rejected' | 'failed' | 'missing';
  /** Why it is in this state, for `failed` and `rejected`. */
  readonly reason?: string;
  /**
   * Accepted: what differs between the keys of its data stages and those of today, as `stage.part`. Rejected: the same
   * for its verdict; empty = it would be rejected again.
   */
  readonly changed: readonly string[];
  /** Days of its rows, from the oldest to the newest; absent when no row of it was ever read. */
  readonly days?: DaySpan;
  /** When it landed: newest of its objects, ISO 8601. A replay came when it first ran. */
  readonly landedAt: string;
  /** Version of the clean table that its rows were last merged into. */
  readonly mergedAs?: number;
  readonly objects: number;
  readonly bytes: number;
  readonly rows?: number;
  /** Its data stages took so long when they last ran. */
  readonly seconds?: number;
  /** Stages whose results a run of this batch would find. */
  readonly reuses: readonly Stage[];
  /** Of files in no batch. */
  readonly sources?: readonly SourceObject[];
}

/**
 * How a batch is processed: as the `same` batch (finished stages are reused), once `again` as a batch of its own (its
 * result was published before), as a `replay` of a batch that was rejected whole, or as a `new` one.
 */
export type BackfillMethod = 'same' | 'again' | 'replay' | 'new';

export interface BackfillItem {
  readonly id: string;
  readonly batch?: string;
  /** `newer`: it holds newer rows of days that an older batch is merged into again. */
  readonly kind: BackfillKind | 'newer';
  readonly because: string;
  readonly method: BackfillMethod;
  readonly days?: DaySpan;
  readonly landedAt: string;
  readonly objects: number;
  readonly bytes: number;
  readonly rows?: number;
  /** Expected, of the data stages. */
  readonly seconds: number;
  readonly reuses: readonly Stage[];
  /** Positions of earlier items that have to be finished before: their rows are of the same days. */
  readonly after: readonly number[];
  readonly sources?: readonly SourceObject[];
}

/** Something in the range that is left alone, and why. */
export interface LeftAlone {
  readonly batch: string;
  readonly because: string;
}

export interface BackfillCost {
  readonly items: number;
  readonly objects: number;
  readonly bytes: number;
  /** As far as known: of files that were never read nobody knows. */
  readonly rows: number;
  /** Results of stages that are taken over instead of made. */
  readonly reusedStages: number;
  /** Expected, of all together at this concurrency, with one training at the end. */
  readonly seconds: number;
}

export interface BackfillPlan {
  readonly items: readonly BackfillItem[];
  readonly left: readonly LeftAlone[];
  readonly cost: BackfillCost;
  /** There is more than one backfill may hold: run the same again afterwards. */
  readonly more: boolean;
}
