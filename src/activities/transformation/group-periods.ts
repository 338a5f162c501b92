import { dayNumber, firstDay, lastDay, type Period } from '../../domain/period';

export interface PeriodRows {
  readonly period: Period;
  readonly rows: number;
}

/** So many rows of some 20 columns take about 100 MB while they are sorted. */
const MAX_ROWS = 250_000;
/** A few thousand rows cost less than the engine that is opened for them. */
const MIN_ROWS = 30_000;

/**
 * Cuts periods, in their order, into groups that are worked on apart from each other, in so many lanes at a time. What
 * is written for a period does not depend on its group.
 *
 * @param minDays a group is not cut shorter than this
 */
export function groupPeriods(
  periods: readonly PeriodRows[],
  { lanes, minDays = 0 }: { readonly lanes: number; readonly minDays?: number },
): readonly (readonly PeriodRows[])[] {
  const total = periods.reduce((sum, { rows }) => sum + rows, 0);
  const enough = Math.min(MAX_ROWS, Math.max(MIN_ROWS, Math.ceil(total / lanes)));
  return cutPeriods(periods, ({ rows }) => rows, { enough, minDays });
}

/** Cuts wherever the periods since the last cut weigh enough and are of enough days. */
export function cutPeriods<T extends HasPeriod>(
  periods: readonly T[],
  weightOf: (period: T) => number,
  { enough, minDays }: { readonly enough: number; readonly minDays: number },
): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let weight = 0;
  for (const period of periods) {
    const group = groups.at(-1);
    if (group && (weight < enough || daysFrom(group, period) < minDays)) {
      group.push(period);
      weight += weightOf(period);
    } else {
      groups.push([period]);
      weight = weightOf(period);
    }
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
