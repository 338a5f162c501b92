import { computeBaselines, computeMetrics, decideEvaluation, largestDifference } from './evaluation';
import type { PipelinePlan } from './plan';

const plan: Pick<PipelinePlan, 'training' | 'gate'> = {
  training: { task: 'regression', metric: 'rmse', holdoutDays: 7, device: 'cpu', hyperparameters: {} },
  gate: { minImprovementPercent: 1 },
};
const challenger = { trainDigest: 'new', metrics: { rmse: 9, mae: 5 } };
const baseline = { prediction: 3, metrics: { rmse: 20, mae: 15 } };

describe('computeMetrics', () => {
  it('gives all metrics of the task, null where one is undefined', () => {
    expect(computeMetrics('regression', { labels: [1, 2], scores: [1, 4] })).toEqual({
      rmse: Math.SQRT2,
      mae: 1,
    });
    expect(computeMetrics('binary_classification', { labels: [1, 1], scores: [0.5, 0.5] })).toEqual({
      auc: null,
      logloss: Math.log(2),
    });
    expect(computeBaselines('regression', [1, 3], 2)).toEqual({ rmse: 1, mae: 1 });
  });
});

describe('decideEvaluation', () => {
  it('compares by the plan’s metric', () => {
    const champion = { version: 4, trainDigest: 'old', metrics: { rmse: 10, mae: 1 } };
    expect(decideEvaluation(plan, { challenger, champion, baseline })).toEqual({
      decision: 'promote',
      reason: "Promoted: rmse 9 is 10 % better than the champion's 10; more than 1 % better is needed.",
    });
  });

  it('keeps a champion that is the same model', () => {
    const champion = { version: 4, trainDigest: 'new', metrics: { rmse: 9 } };
    expect(decideEvaluation(plan, { challenger, champion, baseline })).toEqual({
      decision: 'keep',
      reason: 'Kept: this very model is already live as version 4.',
    });
  });

  it('lets a champion that cannot be measured count as absent', () => {
    const champion = { version: 4, trainDigest: 'old', missingColumns: ['wind', 'rain'] };
    const decision = decideEvaluation(plan, { challenger, champion, baseline });
    expect(decision.decision).toBe('promote');
    expect(decision.reason).toMatch(/Version 4 was not compared: it needs wind, rain,/);
  });

  it('keeps when the champion’s metric is undefined', () => {
    const champion = { version: 4, trainDigest: 'old', metrics: { rmse: null } };
    expect(decideEvaluation(plan, { challenger, champion, baseline }).decision).toBe('keep');
  });
});

describe('largestDifference', () => {
  it('is absolute up to 1 and relative above', () => {
    expect(largestDifference([0.5, 1000], [0.25, 1001])).toBe(0.25);
    expect(largestDifference([1000], [1001])).toBe(0.001);
  });

  it('is infinite when a value is missing or no number', () => {
    expect(largestDifference([1, 2], [1])).toBe(Infinity);
    expect(largestDifference([1], [NaN])).toBe(Infinity);
  });
});
