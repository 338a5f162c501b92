import { join } from 'node:path';
import {
  computeBaselines,
  computeMetrics,
  largestDifference,
  type EvaluationReport,
  type MetricValues,
} from '../domain/evaluation';
import type { PipelinePlan } from '../domain/plan';
import type { ModelFiles } from '../domain/stage';
import { PermanentFailure } from '../ports/failures';
import type { ModelScorer } from '../ports/model-scorer';
import type { QuerySession } from '../ports/query-engine';
import { readParquet } from '../sql/parquet';
import { text } from '../sql/quote';
import { EVENT_TIME_COLUMN, storedName } from '../sql/stored-names';
import { eventDayOf } from '../sql/training-set';
import { downloadModel, type LocalModel } from './evaluate-model-files';
import { scoreTable, type ScoredTable, type ScoringSource } from './evaluate-scoring';
import type { StageDependencies } from './stage-dependencies';

export type MeasureDependencies = Pick<
  StageDependencies,
  'store' | 'engine' | 'engineOptions' | 'signal' | 'progress'
> & { readonly scorer: ModelScorer };

export interface MeasureInput {
  /** Scratch of this attempt; the holdout's files lie in it. */
  readonly directory: string;
  /** Partitions with rows of the holdout; the first may hold older ones as well. */
  readonly holdoutGlob: string;
  /** ISO date (UTC). */
  readonly holdoutFrom: string;
  readonly plan: PipelinePlan;
  readonly challenger: ModelFiles;
  readonly champion: ModelFiles | undefined;
}

export interface Measurement extends Pick<EvaluationReport, 'holdoutRows' | 'baseline' | 'golden'> {
  readonly challenger: MetricValues;
  readonly champion?: { readonly metrics: MetricValues } | { readonly missingColumns: readonly string[] };
}

/** ONNX in Node and the native booster may differ by this much; sums of floats in another order differ by 1e-6. */
const GOLDEN_TOLERANCE = 1e-5;

/** Scores the holdout with both models, and the challenger's golden rows. */
export async function measureModels(deps: MeasureDependencies, input: MeasureInput): Promise<Measurement> {
  const { task } = input.plan.training;
  const session = await deps.engine.open({ ...deps.engineOptions, directory: input.directory });
  try {
    const challenger = await downloadModel(deps, input.challenger, join(input.directory, 'challenger'));
    const golden = await checkGolden(deps, session, challenger);
    const scored = await scoreHoldout(deps, session, challenger, input);
    const prediction = challenger.trainLabelMean;
    return {
      holdoutRows: scored.targets.length,
      golden,
      challenger: computeMetrics(task, { labels: scored.targets, scores: scored.scores }),
      baseline: { prediction, metrics: computeBaselines(task, scored.targets, prediction) },
      ...(input.champion ? { champion: await measureChampion(deps, session, input, input.champion) } : {}),
    };
  } finally {
    await session.close();
  }
}

async function measureChampion(
  deps: MeasureDependencies,
  session: QuerySession,
  input: MeasureInput,
  files: ModelFiles,
): Promise<NonNullable<Measurement['champion']>> {
  const champion = await downloadModel(deps, files, join(input.directory, 'champion'));
  const columns = await columnNames(session, holdoutSource(input).from);
  const missingColumns = champion.schema.features
    .map(({ name }) => name)
    .filter((name) => !columns.has(storedName(name)));
  if (missingColumns.length > 0) return { missingColumns };
  const { targets, scores } = await scoreHoldout(deps, session, champion, input);
  return { metrics: computeMetrics(input.plan.training.task, { labels: targets, scores }) };
}

async function checkGolden(
  deps: MeasureDependencies,
  session: QuerySession,
  model: LocalModel,
): Promise<Measurement['golden']> {
  const source = {
    from: readParquet(model.goldenPath),
    target: 'prediction',
    columnOf: (feature: string) => feature,
  };
  const { targets, scores } = await scoreWith(deps, session, model, source);
  const maxDifference = largestDifference(targets, scores);
  if (targets.length > 0 && maxDifference <= GOLDEN_TOLERANCE) return { rows: targets.length, maxDifference };
  throw new PermanentFailure(
    'IntegrityError',
    `ONNX does not reproduce the golden predictions: expected a difference of at most ${GOLDEN_TOLERANCE}, got ${maxDifference}`,
    { rows: targets.length },
  );
}

function scoreHoldout(
  deps: MeasureDependencies,
  session: QuerySession,
  model: LocalModel,
  input: MeasureInput,
): Promise<ScoredTable> {
  return scoreWith(deps, session, model, holdoutSource(input));
}

function holdoutSource({ holdoutGlob, holdoutFrom, plan }: MeasureInput): ScoringSource {
  const from = `(SELECT * FROM ${readParquet(holdoutGlob)}
  WHERE ${eventDayOf(EVENT_TIME_COLUMN)} >= DATE ${text(holdoutFrom)})`;
  return { from, target: storedName(plan.label.name), columnOf: storedName };
}

async function scoreWith(
  deps: MeasureDependencies,
  session: QuerySession,
  { onnxPath, schema }: LocalModel,
  source: ScoringSource,
): Promise<ScoredTable> {
  const model = await deps.scorer.load(onnxPath, schema);
  try {
    return await scoreTable(session, model, schema, source, (rows) => {
      deps.signal().throwIfAborted();
      deps.progress({ stage: 'evaluate', rows });
    });
  } finally {
    await model.close();
  }
}

async function columnNames(session: QuerySession, from: string): Promise<ReadonlySet<unknown>> {
  const rows = await session.rows(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${from})`);
  return new Set(rows.map((row) => row['column_name']));
}
