import { join } from 'node:path';
import type { EvaluateInput } from '../contracts/activities/stages';
import { decideEvaluation, type ChampionReport, type EvaluationReport } from '../domain/evaluation';
import { lakeLayout } from '../domain/lake-layout';
import { lastDay } from '../domain/period';
import type { PipelinePlan } from '../domain/plan';
import type { EvaluateResult } from '../domain/stage';
import { createDocument } from '../lake/documents';
import { readAlias, type AliasTarget } from '../lake/registry';
import { publishStageResult, stageKey, type StageKey } from '../lake/stage-results';
import { downloadTableFiles, partitionOf, requireSnapshot, type TableSnapshot } from '../lake/table-files';
import { PermanentFailure } from '../ports/failures';
import type { ModelScorer } from '../ports/model-scorer';
import { measureModels, type Measurement } from './evaluate-measure';
import { withScratch } from './scratch';
import { stageAddress, type StageDependencies } from './stage-dependencies';

export interface EvaluateDependencies extends StageDependencies {
  readonly scorer: ModelScorer;
}

/** Bump when the report or the decision changes for equal input. */
const EVALUATE_CODE_VERSION = 1;

interface Question {
  readonly input: EvaluateInput;
  readonly plan: PipelinePlan;
  readonly snapshot: TableSnapshot;
  readonly champion: AliasTarget | undefined;
  readonly key: StageKey;
}

/**
 * Measures the new model and the live one on the same holdout and decides whether the new one may go live.
 *
 * Failures: `PermanentFailure('IntegrityError')` when files are not what was published or ONNX does not reproduce the
 * golden predictions; `PermanentFailure('InvalidInput')` when nothing can be measured.
 */
export function createEvaluateActivity(
  deps: EvaluateDependencies,
): (input: EvaluateInput) => Promise<EvaluateResult> {
  return async (input) => {
    const question = await prepareQuestion(deps, input);
    return publishStageResult<EvaluateResult>(
      stageAddress(deps, input.run, question.key),
      () => evaluate(deps, question),
      (result) => [result.report],
    );
  };
}

async function prepareQuestion(deps: EvaluateDependencies, input: EvaluateInput): Promise<Question> {
  const { run, model } = input;
  const plan = await deps.plans.load(run.pipeline, run.planDigest);
  const snapshot = await requireSnapshot(
    deps.store,
    deps.lakeBucket,
    run.pipeline,
    'features',
    model.featuresVersion,
  );
  const champion = await readAlias(deps.store, deps.lakeBucket, run.pipeline, 'champion');
  const key = stageKey('evaluate', {
    code: EVALUATE_CODE_VERSION,
    challenger: model.trainDigest,
    champion: champion && { version: champion.version, trainDigest: champion.record.trainDigest },
    features: snapshot.contentDigest,
    holdoutFrom: model.holdoutFrom,
    label: plan.label.name,
    metric: plan.training.metric,
    gate: plan.gate,
    engine: deps.engine.version,
    scorer: deps.scorer.version,
  });
  return { input, plan, snapshot, champion, key };
}

async function evaluate(
  deps: EvaluateDependencies,
  question: Question,
): Promise<Omit<EvaluateResult, 'reused'>> {
  const measurement = await withScratch(deps.scratchDirectory, 'evaluate', async (directory) => {
    await downloadHoldout(deps, question, join(directory, 'holdout'));
    return measureModels(deps, {
      directory,
      holdoutGlob: join(directory, 'holdout', '**', '*.parquet'),
      holdoutFrom: question.input.model.holdoutFrom,
      plan: question.plan,
      challenger: question.input.model.files,
      champion: question.champion?.record.files,
    });
  });
  const report = reportOf(question, measurement);
  const key = lakeLayout.stageArtifact(report.pipeline, 'evaluate', question.key.digest, 'report.json');
  const { ref } = await createDocument(deps.store, { bucket: deps.lakeBucket, key }, report);
  return { ...resultOf(report), report: ref };
}

function reportOf({ input, plan, champion }: Question, measurement: Measurement): EvaluationReport {
  const measured = {
    challenger: { trainDigest: input.model.trainDigest, metrics: measurement.challenger },
    baseline: measurement.baseline,
    ...(champion ? { champion: championReport(champion, measurement) } : {}),
  };
  return {
    formatVersion: 1,
    pipeline: input.run.pipeline,
    metric: plan.training.metric,
    minImprovementPercent: plan.gate.minImprovementPercent,
    featuresVersion: input.model.featuresVersion,
    holdoutFrom: input.model.holdoutFrom,
    holdoutRows: measurement.holdoutRows,
    golden: measurement.golden,
    ...measured,
    ...decideEvaluation(plan, measured),
  };
}

function championReport({ version, record }: AliasTarget, measurement: Measurement): ChampionReport {
  return { version, trainDigest: record.trainDigest, ...measurement.champion };
}

/** @throws PermanentFailure InvalidInput when challenger or baseline could not be measured. */
function resultOf(report: EvaluationReport): Omit<EvaluateResult, 'reused' | 'report'> {
  const { metric, decision, reason, holdoutRows, champion } = report;
  const challenger = report.challenger.metrics[metric];
  const baseline = report.baseline.metrics[metric];
  if (typeof challenger !== 'number' || typeof baseline !== 'number') {
    const fields = { pipeline: report.pipeline, metric, holdoutRows };
    throw new PermanentFailure('InvalidInput', `The models cannot be measured: ${reason}`, fields);
  }
  const championValue = champion?.metrics?.[metric];
  return {
    decision,
    reason,
    metric,
    challenger,
    baseline,
    holdoutRows,
    ...(champion && typeof championValue === 'number'
      ? { champion: championValue, championVersion: champion.version }
      : {}),
    ...(champion ? { liveVersion: champion.version } : {}),
  };
}

async function downloadHoldout(
  deps: EvaluateDependencies,
  question: Question,
  directory: string,
): Promise<void> {
  const { input, snapshot } = question;
  const files = snapshot.files.filter((file) => lastDay(partitionOf(file)) >= input.model.holdoutFrom);
  if (files.length === 0) {
    throw new PermanentFailure('InvalidInput', 'The feature table has no rows in the holdout', {
      pipeline: input.run.pipeline,
      featuresVersion: snapshot.version,
      holdoutFrom: input.model.holdoutFrom,
    });
  }
  const table = { bucket: deps.lakeBucket, tableRoot: lakeLayout.table(input.run.pipeline, 'features') };
  await downloadTableFiles(deps.store, table, files, directory, {
    signal: deps.signal(),
    onFile: (done) => {
      deps.progress({ stage: 'evaluate', files: done, of: files.length });
    },
  });
}
