import { join } from 'node:path';
import type { TrainActivities, TrainInput } from '../contracts/activities/stages';
import type { PipelinePlan } from '../domain/plan';
import type { NotTrained, TrainResult } from '../domain/stage';
import { modelArtifacts, publishModelFiles } from '../lake/model-files';
import { requireSnapshot, type TableSnapshot } from '../lake/table-files';
import { publishStageResult, stageKey } from '../lake/stage-results';
import type { TrainingBackend } from '../ports/training-backend';
import { runTrainer } from './run-trainer';
import { withScratch } from './scratch';
import { stageAddress, type StageDependencies } from './stage-dependencies';
import { prepareJob, readMetrics } from './train-job';

export interface TrainDependencies extends StageDependencies {
  readonly backend: TrainingBackend;
}

/** Bump when what is handed to the trainer changes for equal input. */
const TRAIN_CODE_VERSION = 2;

/** Trains on the feature table at a pinned version; equal table, plan and trainer give equal bytes. */
export function createTrainActivities(deps: TrainDependencies): TrainActivities {
  return {
    train: async (input) => {
      const plan = await deps.plans.load(input.run.pipeline, input.run.planDigest);
      const snapshot = await requireSnapshot(
        deps.store,
        deps.lakeBucket,
        plan.pipeline,
        'features',
        input.featuresVersion,
      );
      const key = stageKey('train', {
        code: TRAIN_CODE_VERSION,
        features: snapshot.contentDigest,
        plan: { label: plan.label, features: plan.features, windows: plan.windows, training: plan.training },
        engine: deps.engine.version,
        trainer: await deps.backend.identity(),
      });
      return publishStageResult<TrainResult | NotTrained>(
        stageAddress(deps, input.run, key),
        () => trainAndPublish(deps, input, plan, snapshot, key.digest),
        (result) => ('files' in result ? modelArtifacts(result.files) : []),
      );
    },
  };
}

async function trainAndPublish(
  deps: TrainDependencies,
  input: TrainInput,
  plan: PipelinePlan,
  snapshot: TableSnapshot,
  trainDigest: string,
): Promise<Omit<TrainResult, 'reused'> | Omit<NotTrained, 'reused'>> {
  return withScratch(deps.scratchDirectory, 'train', async (directory) => {
    const job = await prepareJob(deps, { plan, snapshot, trainDigest, directory });
    if ('problem' in job) return { notTrained: job.problem };
    const jobName = `${plan.pipeline}-${trainDigest.slice(0, 16)}`;
    await runTrainer(deps, plan.pipeline, trainDigest, { jobName, directory });
    const address = { bucket: deps.lakeBucket, pipeline: plan.pipeline, trainDigest };
    const files = await publishModelFiles(deps.store, address, (name) => join(directory, 'model', name));
    const metrics = await readMetrics(join(directory, 'model'));
    return {
      trainDigest,
      files,
      featuresVersion: input.featuresVersion,
      holdoutFrom: job.holdoutFrom,
      ...metrics,
    };
  });
}
