import type { RunRef } from '../domain/stage';
import type { PlanLibrary } from '../lake/plans';
import type { StageAddress, StageKey } from '../lake/stage-results';
import type { ObjectStore } from '../ports/object-store';
import type { QueryEngine, QueryOptions } from '../ports/query-engine';

export type EngineOptions = Omit<QueryOptions, 'directory'>;

/** What every stage activity is given; the worker's composition root fills it. */
export interface StageDependencies {
  readonly store: ObjectStore;
  readonly engine: QueryEngine;
  readonly plans: Pick<PlanLibrary, 'load'>;
  readonly lakeBucket: string;
  /** Local directory under which each attempt makes its own, see {@link withScratch}. */
  readonly scratchDirectory: string;
  readonly engineOptions: EngineOptions;
  /** The signal of the activity that is running now: aborted when it is cancelled or its worker shuts down. */
  readonly signal: () => AbortSignal;
  /** Small JSON details for heartbeats and progress bars; never rows. */
  readonly progress: (details: Readonly<Record<string, string | number>>) => void;
}

/** Where a run's stage publishes. */
export function stageAddress(
  { store, lakeBucket, signal }: Pick<StageDependencies, 'store' | 'lakeBucket' | 'signal'>,
  run: RunRef,
  key: StageKey,
): StageAddress {
  return { store, bucket: lakeBucket, run, key, signal };
}
