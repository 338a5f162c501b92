import { decideGate, type GateDecision } from './gate';
import { computeBaseline, computeMetric, type ScoredRows } from './metrics';
import { metricDirection, type MetricName, type PipelinePlan, type TrainingTask } from './plan';

/** Metrics of a task by name; null where a metric is undefined, which JSON cannot say otherwise. */
export type MetricValues = Readonly<Partial<Record<MetricName, number | null>>>;

/** `report.json` of the evaluate stage. */
export interface EvaluationReport extends GateDecision {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly metric: MetricName;
  readonly minImprovementPercent: number;
  readonly featuresVersion: number;
  readonly holdoutFrom: string;
  readonly holdoutRows: number;
  readonly challenger: { readonly trainDigest: string; readonly metrics: MetricValues };
  readonly champion?: ChampionReport;
  /** A model that always answers the mean label of the training rows. */
  readonly baseline: { readonly prediction: number; readonly metrics: MetricValues };
  /** How closely ONNX in Node reproduces the native booster. */
  readonly golden: { readonly rows: number; readonly maxDifference: number };
}

export interface ChampionReport {
  readonly version: number;
  readonly trainDigest: string;
  readonly metrics?: MetricValues;
  /** Columns that it needs and the table lacks; it then counts as absent. */
  readonly missingColumns?: readonly string[];
}

const TASK_METRICS: Readonly<Record<TrainingTask, readonly MetricName[]>> = {
  binary_classification: ['auc', 'logloss'],
  regression: ['rmse', 'mae'],
};

export function computeMetrics(task: TrainingTask, rows: ScoredRows): MetricValues {
  return valuesOf(task, (metric) => computeMetric(metric, rows));
}

export function computeBaselines(
  task: TrainingTask,
  labels: ArrayLike<number>,
  prediction: number,
): MetricValues {
  return valuesOf(task, (metric) => computeBaseline(metric, labels, prediction));
}

function valuesOf(task: TrainingTask, compute: (metric: MetricName) => number): MetricValues {
  return Object.fromEntries(
    TASK_METRICS[task].map((metric) => {
      const value = compute(metric);
      return [metric, Number.isFinite(value) ? value : null];
    }),
  );
}

/** Gate decision about measured models, with a reason that also says why a champion was left out. */
export function decideEvaluation(
  plan: Pick<PipelinePlan, 'training' | 'gate'>,
  measured: Pick<EvaluationReport, 'challenger' | 'champion' | 'baseline'>,
): GateDecision {
  const { metric } = plan.training;
  const { challenger, champion, baseline } = measured;
  if (champion?.trainDigest === challenger.trainDigest) {
    return {
      decision: 'keep',
      reason: `Kept: this very model is already live as version ${champion.version}.`,
    };
  }
  const decision = decideGate({
    metric,
    direction: metricDirection(metric),
    challenger: challenger.metrics[metric] ?? NaN,
    ...(champion?.metrics ? { champion: champion.metrics[metric] ?? NaN } : {}),
    baseline: baseline.metrics[metric] ?? NaN,
    minImprovementPercent: plan.gate.minImprovementPercent,
  });
  if (!champion?.missingColumns) return decision;
  const columns = champion.missingColumns.join(', ');
  const note = `Version ${champion.version} was not compared: it needs ${columns}, which the feature table no longer has.`;
  return { ...decision, reason: `${decision.reason} ${note}` };
}

/** Absolute up to 1, relative above: sums of 32-bit floats differ in proportion to their size. */
export function largestDifference(expected: ArrayLike<number>, got: ArrayLike<number>): number {
  let largest = 0;
  for (let row = 0; row < expected.length; row += 1) {
    const wanted = expected[row] ?? NaN;
    const difference = Math.abs((got[row] ?? NaN) - wanted) / Math.max(1, Math.abs(wanted));
    if (Number.isNaN(difference)) return Infinity;
    largest = Math.max(largest, difference);
  }
  return largest;
}
