import { count, percent } from './format';
import type { RunFacts } from './run-facts';

/** The answer to "how did it go?", in words. */
export interface Verdict {
  readonly tone: 'good' | 'calm' | 'bad';
  /** One word or two. */
  readonly title: string;
  readonly sentence: string;
}

/** What the run came to, with the numbers that a person asks for first. Pure. */
export function verdictOf(facts: RunFacts): Verdict {
  const { summary } = facts;
  const live = summary.liveVersion === undefined ? 'no model' : `model v${summary.liveVersion}`;
  switch (summary.verdict) {
    case 'promoted':
      return { tone: 'good', title: 'Promoted', sentence: `${rows(facts)} ${promoted(facts)}` };
    case 'kept':
      return {
        tone: 'good',
        title: 'Accepted, model kept',
        sentence: `${rows(facts)} The new model was not better: ${live} stays live.`,
      };
    case 'not_trained':
      return {
        tone: 'calm',
        title: 'Accepted, not trained',
        sentence: `${rows(facts)} ${
          facts.run.trigger === 'backfill'
            ? 'The backfill trains once, at its end.'
            : 'Nothing can be learned from the table yet.'
        }`,
      };
    case 'rejected':
      return {
        tone: 'bad',
        title: 'Rejected',
        sentence: `Nothing of this batch was published; the last good version stays live. ${rows(facts)}`,
      };
    case 'rolled_back':
      return {
        tone: 'bad',
        title: 'Rolled back',
        sentence: `${rows(facts)} The new model failed its check before it went live; ${live} is live.`,
      };
    case 'nothing_new':
      return {
        tone: 'calm',
        title: 'Nothing new',
        sentence: 'The content of every object is published already; nothing was changed.',
      };
    case 'failed':
      return { tone: 'bad', title: 'Failed', sentence: `${failed(facts)} ${rows(facts)}` };
    case 'cancelled':
      return {
        tone: 'calm',
        title: 'Cancelled',
        sentence: `Somebody stopped the run. What was published until then stays. ${rows(facts)}`,
      };
  }
}

/** What became of the rows. */
function rows({ quality }: RunFacts): string {
  if (!quality) return '';
  const { rows: read, accepted, quarantined, verdict } = quality;
  if (read === 0) return 'No row could be read.';
  const set = `${count(quarantined)} ${quarantined === 1 ? 'was' : 'were'} set aside (${percent(quarantined, read)})`;
  if (verdict === 'rejected') return `Of ${count(read)} rows ${set}.`;
  return quarantined === 0
    ? `All ${count(read)} rows were accepted.`
    : `${count(accepted)} of ${count(read)} rows were accepted, ${set}.`;
}

function promoted({ summary, evaluation }: RunFacts): string {
  const { metric, challenger, champion, modelVersion, liveVersion } = summary;
  const version = `Model v${modelVersion ?? '?'}`;
  const where = liveVersion === modelVersion ? 'is live' : 'is registered';
  if (challenger === undefined || metric === undefined) return `${version} ${where}.`;
  const score = `${metricName(metric)} ${challenger.toFixed(4)}`;
  if (champion === undefined) return `${version} ${where}, the first of its kind: ${score}.`;
  const before = evaluation?.champion ? `v${evaluation.champion.version}` : 'the model before';
  return `${version} ${where}: ${score} against ${champion.toFixed(4)} of ${before} on the same rows.`;
}

function failed({ summary }: RunFacts): string {
  const stage = summary.stages.find(({ status }) => status === 'failed')?.stage;
  const where = stage === undefined ? '' : ` in ${stage}`;
  return `A technical failure${where}; it says nothing about the data, and the run can be resumed.`;
}

const METRIC_NAMES: Readonly<Record<string, string>> = {
  auc: 'AUC',
  logloss: 'log loss',
  rmse: 'RMSE',
  mae: 'MAE',
};

export function metricName(metric: string): string {
  return METRIC_NAMES[metric] ?? metric;
}
