export const PARTITION_UNITS = ['day', 'month', 'year'] as const;
/** How long a partition of a table is. */
export type PartitionUnit = (typeof PARTITION_UNITS)[number];

/**
 * A day, a month or a year (UTC), as the beginning of an ISO date: `2013-01-31`, `2013-01`, `2013`. Periods of one
 * table are of one unit, so they sort by time.
 */
export type Period = string;

/** ISO dates (UTC), both inclusive. */
export interface DaySpan {
  readonly from: string;
  readonly to: string;
}

const COLUMNS: readonly string[] = ['year', 'month', 'day'];
const COLUMNS_OF: Readonly<Record<PartitionUnit, number>> = { year: 1, month: 2, day: 3 };
const DAY_MS = 24 * 60 * 60 * 1000;

/** Partition columns of a table, in the order of its folders. */
export function partitionColumns(unit: PartitionUnit): readonly string[] {
  return COLUMNS.slice(0, COLUMNS_OF[unit]);
}

/** @param day ISO date */
export function periodOf(day: string, unit: PartitionUnit): Period {
  return day.split('-').slice(0, COLUMNS_OF[unit]).join('-');
}

/** ISO date. */
export function firstDay(period: Period): string {
  return `${period}${'-01-01'.slice(period.length - 'YYYY'.length)}`;
}

/** ISO date. */
export function lastDay(period: Period): string {
  const [, month, day] = period.split('-');
  if (day !== undefined) return period;
  if (month === undefined) return `${period}-12-31`;
  const next = new Date(firstDay(period));
  next.setUTCMonth(next.getUTCMonth() + 1);
  return isoDay(next.getTime() / DAY_MS - 1);
}

/** Folder of a partition: `year=2013/month=01/day=31`, or less of it. */
export function periodFolder(period: Period): string {
  return period
    .split('-')
    .map((value, index) => `${COLUMNS[index] ?? ''}=${value}`)
    .join('/');
}

/** Of a table file, from its folders; undefined = it is in no partition of time. */
export function periodOfPath(path: string): Period | undefined {
  const match = /^year=(\d{4})(?:\/month=(\d{2})(?:\/day=(\d{2}))?)?\/[^/=]+$/.exec(path);
  return match?.slice(1).filter(Boolean).join('-');
}

/** Whole days since 1970. @param day ISO date */
export function dayNumber(day: string): number {
  return Date.parse(day) / DAY_MS;
}

/** The days of some periods; neighbours share a span. */
export function daySpans(periods: readonly Period[]): readonly DaySpan[] {
  const spans: DaySpan[] = [];
  for (const period of [...periods].sort()) {
    const last = spans.at(-1);
    const isNext = last && dayNumber(last.to) + 1 === dayNumber(firstDay(period));
    if (isNext) spans[spans.length - 1] = { from: last.from, to: lastDay(period) };
    else spans.push({ from: firstDay(period), to: lastDay(period) });
  }
  return spans;
}

/** Sorted spans cut into groups of at most so many days, in the same order. */
export function sliceDays(spans: readonly DaySpan[], maxDays: number): readonly (readonly DaySpan[])[] {
  const slices: DaySpan[][] = [];
  let room = 0;
  for (const { from, to } of spans) {
    const last = dayNumber(to);
    for (let first = dayNumber(from); first <= last;) {
      if (room === 0) {
        slices.push([]);
        room = maxDays;
      }
      const end = Math.min(last, first + room - 1);
      slices.at(-1)?.push({ from: isoDay(first), to: isoDay(end) });
      room -= end - first + 1;
      first = end + 1;
    }
  }
  return slices;
}

function isoDay(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}
