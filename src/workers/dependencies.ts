import { Context } from '@temporalio/activity';
import type { StageDependencies } from '../activities/stage-dependencies';
import { createS3ObjectStore } from '../adapters/object-store/s3';
import { withFaults } from '../adapters/object-store/fault-injecting';
import { createDuckDbEngine } from '../adapters/query-engine/duckdb';
import type { Settings } from '../config/settings';
import { createPlanLibrary, type PlanLibrary } from '../lake/plans';
import type { ObjectStore } from '../ports/object-store';
import { reportProgress } from './activity-interceptor';

/** Of the activity that is running now: aborted when it is cancelled or its worker shuts down. */
export const currentSignal = (): AbortSignal => Context.current().cancellationSignal;

/** The object store of this process; with MILLRACE_FAULTS set, one that fails on purpose (tests only). */
export function createStore(settings: Settings): ObjectStore {
  const store = createS3ObjectStore(settings.store);
  if (settings.faults === '') return store;
  return withFaults(store, settings.faults, { markerDirectory: settings.scratchDirectory });
}

export function createStageDependencies(
  settings: Settings,
  store: ObjectStore,
): StageDependencies & { readonly plans: PlanLibrary } {
  return {
    store,
    engine: createDuckDbEngine(currentSignal),
    plans: createPlanLibrary(store, settings.lakeBucket),
    lakeBucket: settings.lakeBucket,
    scratchDirectory: settings.scratchDirectory,
    engineOptions: settings.engine,
    signal: currentSignal,
    progress: (details) => {
      reportProgress(Context.current(), details);
    },
  };
}
