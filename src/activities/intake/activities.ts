import type { BatchDocument } from '../../contracts/activities/control';
import type {
  IntakeActivities,
  LandingActivities,
  RecordFailureInput,
} from '../../contracts/activities/intake';
import { parseS3Uri } from '../../domain/s3-uri';
import { readDocument } from '../../lake/documents';
import { mapConcurrent } from '../../lake/map-concurrent';
import { LOOK_UP_LANES, type IntakeDependencies } from './dependencies';
import { reconcile, survey } from './reconcile';
import { openAgain, resolveBacklog, resolveBatch } from './resolve';

/** From events to batches. */
export function createIntakeActivities(deps: IntakeDependencies): IntakeActivities & LandingActivities {
  return {
    readIntakeSettings: async ({ pipeline }) => {
      const planDigest = await deps.plans.currentDigest(pipeline);
      const plan = await deps.plans.load(pipeline, planDigest);
      return { planDigest, batch: plan.source.batch };
    },
    describeRun: ({ workflowId }) => deps.orchestrator.runState(workflowId),
    resolveBatch: (input) => resolveBatch(deps, input),
    resolveBacklog: (input) => resolveBacklog(deps, input),
    openAgain: (input) => openAgain(deps, input),
    surveyLandingZone: ({ pipeline }) => survey(deps, pipeline),
    reconcile: (input) => reconcile(deps, input),
    recordFailure: (input) => recordFailure(deps, input),
  };
}

async function recordFailure(
  { store, ledger }: IntakeDependencies,
  { pipeline, batch, workflowId }: RecordFailureInput,
): Promise<void> {
  const { value } = await readDocument<BatchDocument>(store, parseS3Uri(batch.uri));
  await mapConcurrent(value.objects, LOOK_UP_LANES, async (object) => {
    // A run that fails after its data were published has processed them all the same.
    if (await ledger.find(pipeline, object)) return;
    await ledger.markFailed(pipeline, object, { batchDigest: batch.digest, workflowId });
  });
}
