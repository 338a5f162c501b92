import type { MetricDirection, MetricName } from './plan';

export interface GateQuestion {
  readonly metric: MetricName;
  readonly direction: MetricDirection;
  readonly challenger: number;
  /** Absent when no model is live, or the live one cannot be measured on this table. */
  readonly champion?: number;
  /** The same metric for a model that always answers the training mean. */
  readonly baseline: number;
  /** The challenger must be better than the champion by more than this, relative, in percent. */
  readonly minImprovementPercent: number;
}

export interface GateDecision {
  readonly decision: 'promote' | 'keep';
  /** One sentence with the numbers it rests on. */
  readonly reason: string;
}

/**
 * Whether the challenger may go live. Every model must beat the naive baseline, since even a champion may have grown
 * worse than that; with a champion it must also be strictly more than `minImprovementPercent` better. A number that is
 * not finite never promotes.
 */
export function decideGate(question: GateQuestion): GateDecision {
  return keepForUndefinedNumber(question) ?? keepForBaseline(question) ?? decideAgainstChampion(question);
}

function keepForUndefinedNumber(question: GateQuestion): GateDecision | undefined {
  const numbers = [
    ['challenger', question.challenger],
    ['champion', question.champion],
    ['baseline', question.baseline],
  ] as const;
  const bad = numbers.find(([, value]) => value !== undefined && !Number.isFinite(value));
  if (bad === undefined) return undefined;
  return keep(
    `${question.metric} of the ${bad[0]} is ${String(bad[1])}, so nothing can be compared; ` +
      'look for an empty holdout, a holdout with one class, or scores that are not numbers',
  );
}

function keepForBaseline(question: GateQuestion): GateDecision | undefined {
  const { metric, challenger, baseline } = question;
  if (gain(question, baseline) > 0) return undefined;
  return keep(
    `${metric} ${shown(challenger)} does not beat the naive baseline ${shown(baseline)} ` +
      '(always answering the training mean)',
  );
}

function decideAgainstChampion(question: GateQuestion): GateDecision {
  const { metric, challenger, champion, baseline, minImprovementPercent } = question;
  if (champion === undefined) {
    return promote(
      `${metric} ${shown(challenger)} beats the naive baseline ${shown(baseline)}, and there is no champion to compare with`,
    );
  }
  const percent = improvementPercent(question, champion);
  const comparison =
    `${metric} ${shown(challenger)} is ${shown(Math.abs(percent))} % ${percent < 0 ? 'worse' : 'better'} ` +
    `than the champion's ${shown(champion)}`;
  const needed = `more than ${shown(minImprovementPercent)} % better is needed`;
  return percent > minImprovementPercent
    ? promote(`${comparison}; ${needed}`)
    : keep(`${comparison}; ${needed}`);
}

/** Positive when the challenger is better than `other`. */
function gain({ direction, challenger }: GateQuestion, other: number): number {
  return direction === 'maximize' ? challenger - other : other - challenger;
}

/** Relative to `other`; any gain on a perfect 0 counts as infinite, none as 0. */
function improvementPercent(question: GateQuestion, other: number): number {
  const difference = gain(question, other);
  if (difference === 0) return 0;
  return (difference / Math.abs(other)) * 100;
}

/** Six significant digits: enough to see why a close call went the way it did. */
function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function promote(reason: string): GateDecision {
  return { decision: 'promote', reason: `Promoted: ${reason}.` };
}

function keep(reason: string): GateDecision {
  return { decision: 'keep', reason: `Kept: ${reason}.` };
}
