import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lakeLayout } from '../domain/lake-layout';
import { metricDirection, type PipelinePlan } from '../domain/plan';
import { canonicalJson } from '../domain/canonical-json';
import type { TrainResult } from '../domain/stage';
import {
  channelProblem,
  splitDays,
  type ChannelFacts,
  type EventDays,
  type Split,
} from '../domain/training-split';
import { createDocument } from '../lake/documents';
import { downloadTableFiles, type TableSnapshot } from '../lake/table-files';
import { lookupsDocument } from '../sql/lookups';
import { fileSource } from '../sql/profile';
import { channelFactsSql, eventDaysSql, trainingSetSql } from '../sql/training-set';
import type { QuerySession } from '../ports/query-engine';
import { checkHistoryQueries } from './check-history-queries';
import { profileRows } from './profiling/profile-rows';
import { modelColumns } from './reporting/profile-features';
import type { StageDependencies } from './stage-dependencies';

export interface TrainingJobInputs {
  readonly plan: PipelinePlan;
  readonly snapshot: TableSnapshot;
  readonly trainDigest: string;
  /** Becomes `/opt/ml`. */
  readonly directory: string;
}

/**
 * Lays out `/opt/ml` as the SageMaker training-container contract wants it: channels, config, empty outputs. Or says why
 * there is nothing to train on or to judge by.
 */
export async function prepareJob(deps: StageDependencies, inputs: TrainingJobInputs): Promise<Split> {
  const { plan, snapshot, directory } = inputs;
  for (const name of [
    'input/config',
    'input/data/train',
    'input/data/validation',
    'input/data/job',
    'model',
    'output',
  ]) {
    await mkdir(join(directory, name), { recursive: true });
  }
  const table = { bucket: deps.lakeBucket, tableRoot: lakeLayout.table(plan.pipeline, 'features') };
  const local = join(directory, 'features');
  await downloadTableFiles(deps.store, table, snapshot.files, local, {
    signal: deps.signal(),
    onFile: (done) => {
      deps.progress({ stage: 'train', files: done, of: snapshot.files.length });
    },
  });
  const split = await writeChannels(deps, inputs, join(local, '**', '*.parquet'));
  await writeJson(join(directory, 'input/data/job/job.json'), jobDocument(inputs));
  await writeJson(join(directory, 'input/config/hyperparameters.json'), hyperparameters(plan));
  return split;
}

async function writeChannels(
  deps: StageDependencies,
  { plan, trainDigest, directory }: TrainingJobInputs,
  filesGlob: string,
): Promise<Split> {
  const session = await deps.engine.open({ ...deps.engineOptions, directory });
  try {
    const [days] = await session.rows(eventDaysSql(plan, filesGlob));
    const split = splitDays(days as unknown as EventDays, plan.training.holdoutDays);
    if ('problem' in split) return split;
    const { holdoutFrom } = split;
    const trainPath = join(directory, 'input/data/train/train.parquet');
    const holdoutPath = join(directory, 'input/data/validation/holdout.parquet');
    await session.execute(
      trainingSetSql(plan, { filesGlob, holdoutFrom, trainPath, holdoutPath }),
      deps.signal(),
    );
    const profile = await profileRows(
      session,
      modelColumns(plan, (name) => name),
      fileSource([trainPath]),
      deps.signal(),
    );
    const key = lakeLayout.trainingProfile(plan.pipeline, trainDigest);
    await createDocument(deps.store, { bucket: deps.lakeBucket, key }, profile);
    await checkHistoryQueries(session, plan);
    await writeJson(join(directory, 'model/lookups.json'), await lookupsDocument(session, plan, filesGlob));
    const [train, holdout] = [
      await channelFacts(session, plan, trainPath),
      await channelFacts(session, plan, holdoutPath),
    ];
    const problem = channelProblem(plan.training.task, holdoutFrom, train, holdout);
    return problem === undefined ? { holdoutFrom } : { problem };
  } finally {
    await session.close();
  }
}

async function channelFacts(session: QuerySession, plan: PipelinePlan, path: string): Promise<ChannelFacts> {
  const [row] = await session.rows(channelFactsSql(plan, path));
  return { rows: Number(row?.['rows'] ?? 0), distinctLabels: Number(row?.['labels'] ?? 0) };
}

function jobDocument({ plan, trainDigest }: TrainingJobInputs): unknown {
  const { task, metric } = plan.training;
  return {
    schemaVersion: 1,
    pipeline: plan.pipeline,
    digest: trainDigest,
    task,
    label: plan.label.name,
    features: [
      ...plan.features.map(({ name, kind }) => ({ name, kind })),
      ...plan.windows.map(({ name }) => ({ name, kind: 'numeric' })),
    ],
    metric: { name: metric, direction: metricDirection(metric) },
  };
}

/** SageMaker hands hyperparameters over as strings. */
function hyperparameters({ training }: PipelinePlan): Readonly<Record<string, string>> {
  const values = Object.entries(training.hyperparameters).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(values), device: training.device } as Readonly<Record<string, string>>;
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, canonicalJson(value));
}

/** The few numbers of `metrics.json` that travel on. */
export async function readMetrics(
  modelDirectory: string,
): Promise<Pick<TrainResult, 'trainRows' | 'holdoutRows' | 'device'>> {
  const text = await readFile(join(modelDirectory, 'metrics.json'), 'utf8');
  const metrics = JSON.parse(text) as {
    readonly rows: { readonly train: number; readonly validation: number };
    readonly device: string;
  };
  return { trainRows: metrics.rows.train, holdoutRows: metrics.rows.validation, device: metrics.device };
}
