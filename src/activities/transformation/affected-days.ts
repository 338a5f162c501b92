const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The days whose features change when rows of `touched` days change: those days, and for each of them as many after
 * it as the longest window reaches back. Only days that have rows count. ISO dates, sorted; pure.
 */
export function affectedDays(
  touched: readonly string[],
  windowDays: readonly number[],
  existing: readonly string[],
): readonly string[] {
  const reach = Math.max(0, ...windowDays);
  const changed = touched.map(dayNumber).sort((left, right) => left - right);
  return existing.filter((day) => hasBetween(changed, dayNumber(day) - reach, dayNumber(day))).sort();
}

/** The days that features of `affected` days are computed from: they themselves, and what their windows see. */
export function sourceDays(
  affected: readonly string[],
  windowDays: readonly number[],
  existing: readonly string[],
): readonly string[] {
  const reach = Math.max(0, ...windowDays);
  const wanted = affected.map(dayNumber).sort((left, right) => left - right);
  return existing.filter((day) => hasBetween(wanted, dayNumber(day), dayNumber(day) + reach)).sort();
}

/** Whether one of the sorted numbers lies in [from, to]. */
function hasBetween(sorted: readonly number[], from: number, to: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  const first = sorted[low];
  return first !== undefined && first <= to;
}

function dayNumber(day: string): number {
  return Date.parse(day) / DAY_MS;
}
