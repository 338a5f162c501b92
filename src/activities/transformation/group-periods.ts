import { dayNumber, firstDay, lastDay, type Period } from '../../domain/period';

export interface PeriodRows {
  readonly period: Period;
  readonly rows: number;
}

/** So many rows of some 20 columns take about 100 MB while they are sorted. */
const MAX_ROWS = 250_000;
/** A few thousand rows cost less than a group of their own. */
const MIN_ROWS = 30_000;

/**
 * Cuts periods, in their order, into groups that are worked on apart from each other, in so many lanes at a time: about
 * equally large, so that no lane waits long for the last. What is written for a period does not depend on its group.
 *
 * @param minDays a group is not cut shorter than this
 */
export function groupPeriods(
  periods: readonly PeriodRows[],
  { lanes, minDays = 0 }: { readonly lanes: number; readonly minDays?: number },
): readonly (readonly PeriodRows[])[] {
  const total = periods.reduce((sum, { rows }) => sum + rows, 0);
  const most = Math.min(MAX_ROWS, Math.max(MIN_ROWS, Math.ceil(total / lanes)));
  const needed = Math.ceil(total / most);
  const groups = needed > 1 ? Math.ceil(needed / lanes) * lanes : 1;
  return cutPeriods(periods, ({ rows }) => rows, { share: Math.max(1, total / groups), minDays });
}

/** Cuts where the weight of all periods, one after the other, passes the next multiple of a share. */
export function cutPeriods<T extends HasPeriod>(
  periods: readonly T[],
  weightOf: (period: T) => number,
  { share, minDays }: { readonly share: number; readonly minDays: number },
): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let weight = 0;
  let first = 0;
  for (const period of periods) {
    // Where its middle lies.
    const shareNumber = Math.floor((weight + weightOf(period) / 2) / share);
    const group = groups.at(-1);
    if (group && (shareNumber === first || daysFrom(group, period) < minDays)) group.push(period);
    else {
      groups.push([period]);
      first = shareNumber;
    }
    weight += weightOf(period);
  }
  return groups;
}

type HasPeriod = Pick<PeriodRows, 'period'>;

/** From a group's first day to the day before a period. */
function daysFrom([first]: readonly HasPeriod[], { period }: HasPeriod): number {
  return first ? dayNumber(firstDay(period)) - dayNumber(firstDay(first.period)) : 0;
}

/** All days from the first to the last period of a group. */
export function spanOf(group: readonly PeriodRows[]): { readonly from: string; readonly to: string } {
  return { from: firstDay(group[0]?.period ?? ''), to: lastDay(group.at(-1)?.period ?? '') };
}
