import type { MetricName } from './plan';

/** True values and scores of the same rows, in the same order. Labels of a classification are 0 and 1. */
export interface ScoredRows {
  readonly labels: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/** Probabilities are kept this far from 0 and 1; the same number as in trainer/millrace_trainer/metrics.py. */
const SMALLEST_PROBABILITY = 1e-15;

/**
 * One number for how good the scores are. NaN when it is undefined: no rows, a NaN among the values, or (AUC) only
 * one class.
 *
 * @throws RangeError when labels and scores differ in length.
 */
export function computeMetric(metric: MetricName, { labels, scores }: ScoredRows): number {
  if (labels.length !== scores.length) {
    throw new RangeError(
      `Labels and scores differ in length [labels=${labels.length}, scores=${scores.length}]`,
    );
  }
  if (labels.length === 0) return NaN;
  return METRICS[metric](labels, scores);
}

/** The metric of a model that answers `prediction` (the training mean) whatever it is asked. */
export function computeBaseline(metric: MetricName, labels: ArrayLike<number>, prediction: number): number {
  return computeMetric(metric, { labels, scores: new Float64Array(labels.length).fill(prediction) });
}

type Metric = (labels: ArrayLike<number>, scores: ArrayLike<number>) => number;

const METRICS: Readonly<Record<MetricName, Metric>> = {
  auc,
  logloss: (labels, scores) => meanOver(labels, scores, crossEntropy),
  rmse: (labels, scores) => Math.sqrt(meanOver(labels, scores, (label, score) => (label - score) ** 2)),
  mae: (labels, scores) => meanOver(labels, scores, (label, score) => Math.abs(label - score)),
};

/** Mann-Whitney: the share of (positive, negative) pairs in the right order; a tie counts as half. */
function auc(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const order = ascendingOrder(scores);
  if (order === undefined) return NaN;
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length;) {
    const end = endOfTies(order, scores, start);
    const positivesHere = sumOfLabels(order, labels, start, end);
    // Ranks start at 1; tied rows share the mean of their ranks.
    rankSum += positivesHere * ((start + 1 + end) / 2);
    positives += positivesHere;
    start = end;
  }
  const negatives = labels.length - positives;
  if (positives === 0 || negatives === 0) return NaN;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Row numbers by ascending score; undefined when a score is NaN. */
function ascendingOrder(scores: ArrayLike<number>): Uint32Array | undefined {
  const order = new Uint32Array(scores.length);
  for (let row = 0; row < order.length; row += 1) {
    if (Number.isNaN(valueAt(scores, row))) return undefined;
    order[row] = row;
  }
  return order.sort((left, right) => valueAt(scores, left) - valueAt(scores, right));
}

/** First position after the run of equal scores that begins at `start`. */
function endOfTies(order: Uint32Array, scores: ArrayLike<number>, start: number): number {
  const score = valueAt(scores, valueAt(order, start));
  let end = start + 1;
  while (end < order.length && valueAt(scores, valueAt(order, end)) === score) end += 1;
  return end;
}

function sumOfLabels(order: Uint32Array, labels: ArrayLike<number>, start: number, end: number): number {
  let sum = 0;
  for (let position = start; position < end; position += 1) sum += valueAt(labels, valueAt(order, position));
  return sum;
}

function crossEntropy(label: number, score: number): number {
  if (Number.isNaN(score)) return NaN;
  const probability = Math.min(Math.max(score, SMALLEST_PROBABILITY), 1 - SMALLEST_PROBABILITY);
  return -(label * Math.log(probability) + (1 - label) * Math.log(1 - probability));
}

/** Mean with Kahan's compensation: the same to the last digits however many rows there are. */
function meanOver(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  loss: (label: number, score: number) => number,
): number {
  let sum = 0;
  let lost = 0;
  for (let row = 0; row < labels.length; row += 1) {
    const next = loss(valueAt(labels, row), valueAt(scores, row)) - lost;
    const total = sum + next;
    lost = total - sum - next;
    sum = total;
  }
  return sum / labels.length;
}

function valueAt(values: ArrayLike<number>, index: number): number {
  return values[index] ?? NaN;
}
