import { computeBaseline, computeMetric } from './metrics';
import type { MetricName } from './plan';

const classes = { labels: [0, 0, 1, 1, 0, 1, 1, 0], scores: [0.1, 0.4, 0.35, 0.8, 0.35, 0.9, 0.4, 0.05] };
const amounts = { labels: [3, -0.5, 2, 7, 4.2], scores: [2.5, 0, 2.1, 7.8, 5.3] };

// Expected values: scikit-learn 1.9.1, roc_auc_score, log_loss, mean_squared_error ** 0.5, mean_absolute_error.
const KNOWN = [
  { metric: 'auc', rows: classes, expected: 0.875 },
  { metric: 'logloss', rows: classes, expected: 0.4241099091560864 },
  { metric: 'rmse', rows: amounts, expected: 0.6870225614927066 },
  { metric: 'mae', rows: amounts, expected: 0.5999999999999999 },
] as const;

describe('computeMetric', () => {
  it.each(KNOWN)('$metric agrees with scikit-learn ($expected)', ({ metric, rows, expected }) => {
    expect(computeMetric(metric, rows)).toBeCloseTo(expected, 12);
  });

  it('keeps the log loss of a certain but wrong answer finite', () => {
    const certain = { labels: [0, 1, 1], scores: [0, 1, 0] };
    expect(computeMetric('logloss', certain)).toBeCloseTo(-Math.log(1e-15) / 3, 12);
  });

  it('does not depend on the order of the rows', () => {
    const reversed = {
      labels: [...classes.labels].reverse(),
      scores: Float32Array.from([...classes.scores].reverse()),
    };
    expect(computeMetric('auc', reversed)).toBe(0.875);
  });

  it('is 1 for a perfect ranking, 0 for the opposite and a half for all ties', () => {
    const labels = [0, 0, 1, 1];
    expect(computeMetric('auc', { labels, scores: [1, 2, 3, 4] })).toBe(1);
    expect(computeMetric('auc', { labels, scores: [4, 3, 2, 1] })).toBe(0);
    expect(computeMetric('auc', { labels, scores: [7, 7, 7, 7] })).toBe(0.5);
  });

  it('has no AUC when only one class is present', () => {
    expect(computeMetric('auc', { labels: [1, 1], scores: [0.1, 0.9] })).toBeNaN();
  });

  it.each<MetricName>(['auc', 'logloss', 'rmse', 'mae'])(
    '%s is NaN without rows and with a NaN score',
    (metric) => {
      expect(computeMetric(metric, { labels: [], scores: [] })).toBeNaN();
      expect(computeMetric(metric, { labels: [0, 1], scores: [0.5, NaN] })).toBeNaN();
    },
  );

  it('refuses labels and scores of different lengths', () => {
    expect(() => computeMetric('mae', { labels: [1], scores: [] })).toThrow(/labels=1, scores=0/);
  });

  it('sums a million small losses without losing digits', () => {
    const rows = 1_000_000;
    const labels = new Float64Array(rows).fill(0.1);
    expect(computeMetric('mae', { labels, scores: new Float64Array(rows) })).toBe(0.1);
  });
});

describe('computeBaseline', () => {
  it('is a half for AUC and the entropy of the prior for log loss', () => {
    expect(computeBaseline('auc', classes.labels, 0.24)).toBe(0.5);
    expect(computeBaseline('logloss', classes.labels, 0.5)).toBeCloseTo(0.6931471805599453, 12);
  });

  it('is the standard deviation for RMSE when the prediction is the mean', () => {
    expect(computeBaseline('rmse', [1, 3], 2)).toBe(1);
  });
});
