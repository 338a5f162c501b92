import type { Ledger } from '../../lake/ledger';
import type { PlanLibrary } from '../../lake/plans';
import type { ObjectStore } from '../../ports/object-store';
import type { Orchestrator } from '../../ports/orchestrator';

export interface IntakeDependencies {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
  readonly plans: PlanLibrary;
  readonly ledger: Ledger;
  readonly orchestrator: Orchestrator;
}

/** Look-ups are small and independent; more lanes gave no gain on a near store. */
export const LOOK_UP_LANES = 8;
