import { dayNumber, firstDay, lastDay, type Period } from '../../domain/period';

/**
 * The periods whose features change when rows of `touched` periods change: those, and the ones with a day that is not
 * further behind them than the longest window reaches back. Only periods that have rows count. Sorted; pure.
 */
export function affectedPeriods(
  touched: readonly Period[],
  windowDays: readonly number[],
  existing: readonly Period[],
): readonly Period[] {
  return meeting(existing, touched, { before: 0, after: Math.max(0, ...windowDays) });
}

/** The periods that features of `affected` ones are computed from: they themselves, and what their windows see. */
export function sourcePeriods(
  affected: readonly Period[],
  windowDays: readonly number[],
  existing: readonly Period[],
): readonly Period[] {
  return meeting(existing, affected, { before: Math.max(0, ...windowDays), after: 0 });
}

/** Those of `existing` that meet one of the `others`, made longer by some days on either side. */
function meeting(
  existing: readonly Period[],
  others: readonly Period[],
  reach: { readonly before: number; readonly after: number },
): readonly Period[] {
  const spans = [...others].sort().map((period) => ({
    from: dayNumber(firstDay(period)) - reach.before,
    to: dayNumber(lastDay(period)) + reach.after,
  }));
  return existing
    .filter((period) => {
      // Periods of one unit do not overlap: of all spans that have begun, the last one ends last.
      const begun = countBegun(spans, dayNumber(lastDay(period)));
      const last = spans[begun - 1];
      return last !== undefined && last.to >= dayNumber(firstDay(period));
    })
    .sort();
}

/** How many of the sorted spans begin on or before a day. */
function countBegun(spans: readonly { readonly from: number }[], day: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.from ?? 0) <= day) low = middle + 1;
    else high = middle;
  }
  return low;
}
