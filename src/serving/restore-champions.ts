import { setTimeout as sleep } from 'node:timers/promises';
import type { PlanLibrary } from '../lake/plans';
import { readAlias } from '../lake/registry';
import { TransientFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import type { ModelPool } from './model-pool';

export interface RestoreDependencies {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
  readonly plans: Pick<PlanLibrary, 'pipelines'>;
  readonly pool: Pick<ModelPool, 'load' | 'activate' | 'status'>;
  readonly onProblem: (message: string) => void;
  /** Ends the waiting for a store that does not answer. */
  readonly signal: AbortSignal;
}

const RETRY_AFTER_MS = 1000;

/**
 * Puts the version behind each pipeline's `champion` alias back to work, so that a killed server answers as before.
 * Waits for a store that is not there yet; a model that cannot be loaded is reported and does not hold up the others.
 */
export async function restoreChampions(deps: RestoreDependencies): Promise<void> {
  for (const pipeline of await patiently(deps, () => deps.plans.pipelines())) {
    try {
      await patiently(deps, () => restoreChampion(deps, pipeline));
    } catch (error) {
      if (deps.signal.aborted) throw error;
      deps.onProblem(`The champion of ${pipeline} cannot be served: ${messageOf(error)}`);
    }
  }
}

async function restoreChampion(deps: RestoreDependencies, pipeline: string): Promise<void> {
  const champion = await readAlias(deps.store, deps.lakeBucket, pipeline, 'champion');
  if (!champion) return;
  await deps.pool.load(pipeline, champion.version);
  // A deployment that came first knows better than an alias read before it.
  if (deps.pool.status(pipeline).liveVersion !== undefined) return;
  await deps.pool.activate(pipeline, champion.version);
}

async function patiently<T>({ signal, onProblem }: RestoreDependencies, work: () => Promise<T>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      onProblem(`Not ready yet, trying again: ${error.message}`);
      await sleep(RETRY_AFTER_MS, undefined, { signal });
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
