import type { ReconcileInput, ReconcileOutput, SurveyOutput } from '../../contracts/activities/intake';
import { writeBacklog } from '../../lake/backlog';
import { mapConcurrent } from '../../lake/map-concurrent';
import { surveyLandingZone } from '../../lake/survey';
import type { IntakeDependencies } from './dependencies';

/** Objects in one backlog document: about a megabyte. What is beyond is found by the next survey. */
const MAX_BACKLOG = 5_000;
/** Pipelines looked at side by side. */
const PIPELINE_LANES = 4;

type SurveyDependencies = Omit<IntakeDependencies, 'orchestrator'>;

export async function survey(deps: SurveyDependencies, pipeline: string): Promise<SurveyOutput> {
  const { store, lakeBucket, plans, ledger } = deps;
  const { source } = await plans.load(pipeline, await plans.currentDigest(pipeline));
  const zone = { bucket: lakeBucket, prefix: source.prefix };
  const options = { limit: MAX_BACKLOG, failedAreSettled: true };
  const { landed, unsettled, more, removals } = await surveyLandingZone(store, pipeline, zone, options);
  for (const marker of removals) await ledger.recordRemoval(pipeline, marker);
  if (unsettled.length === 0) return { landed, more };
  return { landed, more, backlog: await writeBacklog(store, lakeBucket, pipeline, unsettled) };
}

/** One pipeline that cannot be looked at must not keep the others from being looked at. */
export async function reconcile(deps: IntakeDependencies, input: ReconcileInput): Promise<ReconcileOutput> {
  const pipelines = input.pipeline === undefined ? await deps.plans.pipelines() : [input.pipeline];
  const findings = await mapConcurrent(pipelines, PIPELINE_LANES, async (pipeline) => {
    try {
      const found = await survey(deps, pipeline);
      if (found.backlog) await deps.orchestrator.offerBacklog(pipeline, found.backlog);
      return { landed: found.landed, unsettled: found.backlog?.objects ?? 0 };
    } catch (error) {
      if (pipelines.length === 1) throw error;
      return { landed: 0, unsettled: 0, problem: `${pipeline}: ${(error as Error).message}` };
    }
  });
  const problems = findings.flatMap(({ problem }) => problem ?? []);
  return {
    pipelines: pipelines.length,
    landed: findings.reduce((sum, { landed }) => sum + landed, 0),
    unsettled: findings.reduce((sum, { unsettled }) => sum + unsettled, 0),
    failed: problems.length,
    ...(problems[0] === undefined ? {} : { problem: problems[0] }),
  };
}
