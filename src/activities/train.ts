import { join } from 'node:path';
import type { TrainActivities, TrainInput } from '../contracts/activities/stages';
import type { ArtifactRef } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import type { PipelinePlan } from '../domain/plan';
import type { ModelFiles, NotTrained, TrainResult } from '../domain/stage';
import { channelProblem, splitDays } from '../domain/training-split';
import { publishFile } from '../lake/artifacts';
import { digestOf } from '../lake/digest';
import { dayOf, requireSnapshot, type TableSnapshot } from '../lake/table-files';
import { publishStageResult } from '../lake/stage-results';
import type { TrainingBackend } from '../ports/training-backend';
import { runTrainer } from './run-trainer';
import { withScratch } from './scratch';
import type { StageDependencies } from './stage-dependencies';
import { prepareJob, readMetrics } from './train-job';

export interface TrainDependencies extends StageDependencies {
  readonly backend: TrainingBackend;
}

/** Bump when what is handed to the trainer changes for equal input. */
const TRAIN_CODE_VERSION = 1;

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
      const trainDigest = digestOf({
        code: TRAIN_CODE_VERSION,
        features: snapshot.contentDigest,
        plan: { label: plan.label, features: plan.features, windows: plan.windows, training: plan.training },
        trainer: await deps.backend.identity(),
      });
      return publishStageResult<TrainResult | NotTrained>(
        {
          store: deps.store,
          bucket: deps.lakeBucket,
          pipeline: plan.pipeline,
          stage: 'train',
          digest: trainDigest,
        },
        () => trainAndPublish(deps, input, plan, snapshot, trainDigest),
        (result) => ('files' in result ? artifactsOf(result.files) : []),
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
  const split = splitDays(snapshot.files.map(dayOf), plan.training.holdoutDays);
  if ('problem' in split) return { notTrained: split.problem };
  const { holdoutFrom } = split;
  return withScratch(deps.scratchDirectory, 'train', async (directory) => {
    const { train, holdout } = await prepareJob(deps, {
      plan,
      snapshot,
      trainDigest,
      holdoutFrom,
      directory,
    });
    const problem = channelProblem(plan.training.task, holdoutFrom, train, holdout);
    if (problem !== undefined) return { notTrained: problem };
    const jobName = `${plan.pipeline}-${trainDigest.slice(0, 16)}`;
    await runTrainer(deps, plan.pipeline, trainDigest, { jobName, directory });
    const files = await publishModel(deps, plan.pipeline, trainDigest, directory);
    const metrics = await readMetrics(join(directory, 'model'));
    return { trainDigest, files, featuresVersion: input.featuresVersion, holdoutFrom, ...metrics };
  });
}

const MODEL_FILE_NAMES: Readonly<Record<keyof ModelFiles, string>> = {
  onnx: 'model.onnx',
  booster: 'model.ubj',
  features: 'features.json',
  metrics: 'metrics.json',
  golden: 'golden.parquet',
  lookups: 'lookups.json',
};

function artifactsOf(files: ModelFiles): readonly ArtifactRef[] {
  return [files.onnx, files.booster, files.features, files.metrics, files.golden, files.lookups];
}

async function publishModel(
  deps: TrainDependencies,
  pipeline: string,
  trainDigest: string,
  directory: string,
): Promise<ModelFiles> {
  const publish = async (name: string): ReturnType<typeof publishFile> => {
    const location = { bucket: deps.lakeBucket, key: lakeLayout.modelArtifact(pipeline, trainDigest, name) };
    return publishFile(deps.store, location, join(directory, 'model', name));
  };
  return {
    onnx: await publish(MODEL_FILE_NAMES.onnx),
    booster: await publish(MODEL_FILE_NAMES.booster),
    features: await publish(MODEL_FILE_NAMES.features),
    metrics: await publish(MODEL_FILE_NAMES.metrics),
    golden: await publish(MODEL_FILE_NAMES.golden),
    lookups: await publish(MODEL_FILE_NAMES.lookups),
  };
}
