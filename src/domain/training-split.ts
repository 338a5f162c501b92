const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * First day (ISO date, UTC) of the holdout: the last `holdoutDays` days up to and with the newest day.
 *
 * @throws RangeError when there is no day, or nothing older than the holdout to train on.
 */
export function holdoutStart(days: readonly string[], holdoutDays: number): string {
  const sorted = [...days].sort();
  const [oldest, newest] = [sorted[0], sorted.at(-1)];
  if (oldest === undefined || newest === undefined) throw new RangeError('The feature table is empty');
  const start = new Date(Date.parse(newest) - (holdoutDays - 1) * DAY_MS).toISOString().slice(0, 10);
  if (start <= oldest) {
    throw new RangeError(
      `Nothing to train on: the table covers ${oldest} to ${newest}, the holdout takes the last ${holdoutDays} days`,
    );
  }
  return start;
}
