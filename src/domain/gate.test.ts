import { decideGate, type GateQuestion } from './gate';

const firstAuc: GateQuestion = {
  metric: 'auc',
  direction: 'maximize',
  challenger: 0.72,
  baseline: 0.5,
  minImprovementPercent: 0,
};
const auc: GateQuestion = { ...firstAuc, champion: 0.7 };
const rmse: GateQuestion = {
  metric: 'rmse',
  direction: 'minimize',
  challenger: 9,
  champion: 10,
  baseline: 20,
  minImprovementPercent: 5,
};

describe('decideGate', () => {
  it('promotes a challenger that is better than the champion and says by how much', () => {
    expect(decideGate(auc)).toEqual({
      decision: 'promote',
      reason:
        "Promoted: auc 0.72 is 2.85714 % better than the champion's 0.7; more than 0 % better is needed.",
    });
  });

  it('turns the comparison round for a metric to minimize', () => {
    expect(decideGate(rmse).decision).toBe('promote');
    expect(decideGate({ ...rmse, challenger: 11 })).toEqual({
      decision: 'keep',
      reason: "Kept: rmse 11 is 10 % worse than the champion's 10; more than 5 % better is needed.",
    });
  });

  it('keeps the champion when the improvement is exactly the minimum', () => {
    expect(decideGate({ ...rmse, challenger: 9.5 }).decision).toBe('keep');
    expect(decideGate({ ...rmse, challenger: 9.4999 }).decision).toBe('promote');
  });

  it('keeps the champion when the challenger only equals it', () => {
    expect(decideGate({ ...auc, challenger: 0.7 }).decision).toBe('keep');
    expect(decideGate({ ...rmse, challenger: 0, champion: 0 }).decision).toBe('keep');
  });

  it('promotes the first model only when it beats the naive baseline', () => {
    expect(decideGate(firstAuc)).toEqual({
      decision: 'promote',
      reason: 'Promoted: auc 0.72 beats the naive baseline 0.5, and there is no champion to compare with.',
    });
    expect(decideGate({ ...firstAuc, challenger: 0.5 })).toEqual({
      decision: 'keep',
      reason: 'Kept: auc 0.5 does not beat the naive baseline 0.5 (always answering the training mean).',
    });
  });

  it('keeps a champion even when it is worse than the baseline, if the challenger is too', () => {
    expect(decideGate({ ...auc, challenger: 0.48, champion: 0.4 }).reason).toMatch(/naive baseline 0.5/);
  });

  it.each(['challenger', 'champion', 'baseline'] as const)('never promotes when the %s is NaN', (name) => {
    const decision = decideGate({ ...auc, [name]: NaN });
    expect(decision.decision).toBe('keep');
    expect(decision.reason).toMatch(new RegExp(`of the ${name} is NaN`));
  });
});
