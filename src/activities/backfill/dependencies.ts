import type { Ledger } from '../../lake/ledger';
import type { PlanLibrary } from '../../lake/plans';
import type { StageDependencies } from '../stage-dependencies';

export interface BackfillDependencies extends Pick<StageDependencies, 'store' | 'lakeBucket' | 'engine'> {
  readonly plans: PlanLibrary;
  readonly ledger: Ledger;
}

/** Look-ups are small and independent; more lanes gave no gain on a near store. */
export const LOOK_UP_LANES = 8;
