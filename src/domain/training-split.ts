import type { TrainingTask } from './plan';

const DAY_MS = 24 * 60 * 60 * 1000;

/** First day (ISO date, UTC) of the holdout, or why there can be none. */
export type Split = { readonly holdoutFrom: string } | { readonly problem: string };

/** ISO dates (UTC) of a table's rows; null without rows. */
export interface EventDays {
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** The holdout is the last `holdoutDays` days up to and with the newest day; what is older trains. */
export function splitDays({ oldest, newest }: EventDays, holdoutDays: number): Split {
  if (oldest === null || newest === null) return { problem: 'The feature table is empty' };
  const holdoutFrom = new Date(Date.parse(newest) - (holdoutDays - 1) * DAY_MS).toISOString().slice(0, 10);
  if (holdoutFrom > oldest) return { holdoutFrom };
  return {
    problem: `Nothing to train on yet: the table covers ${oldest} to ${newest}, and the holdout takes the last ${holdoutDays} days (training.holdoutDays)`,
  };
}

/** Labelled rows on one side of the split. */
export interface ChannelFacts {
  readonly rows: number;
  readonly distinctLabels: number;
}

/** Why a model cannot be trained and judged on these rows; undefined when it can. */
export function channelProblem(
  task: TrainingTask,
  holdoutFrom: string,
  train: ChannelFacts,
  holdout: ChannelFacts,
): string | undefined {
  const sides = [
    { name: `before ${holdoutFrom} (training)`, ...train },
    { name: `from ${holdoutFrom} on (holdout)`, ...holdout },
  ];
  for (const { name, rows, distinctLabels } of sides) {
    if (rows === 0) return `No row with a label ${name}: the label is NULL or there are no rows`;
    if (task === 'binary_classification' && distinctLabels < 2) {
      return `Only one class among the ${rows} labelled rows ${name}: two are needed`;
    }
  }
  return undefined;
}
