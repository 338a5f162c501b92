import type { AddAction } from '../../lake/delta/actions';
import type { Snapshot } from '../../lake/delta/snapshot';
import { dayOf } from '../../lake/table-files';

/** Live files of a table by the day (ISO, UTC) of their partition. */
export function filesByDay(snapshot: Snapshot | undefined): ReadonlyMap<string, readonly AddAction[]> {
  const days = new Map<string, AddAction[]>();
  for (const file of snapshot?.files.values() ?? []) {
    const day = dayOf(file);
    days.set(day, [...(days.get(day) ?? []), file]);
  }
  return days;
}

export function filesOf(
  byDay: ReadonlyMap<string, readonly AddAction[]>,
  days: readonly string[],
): readonly AddAction[] {
  return days.flatMap((day) => byDay.get(day) ?? []);
}

/** Folder of a day's partition: `year=2013/month=01/day=31`. */
export function partitionFolder(day: string): string {
  const [year, month, date] = day.split('-');
  return `year=${year ?? ''}/month=${month ?? ''}/day=${date ?? ''}`;
}

/** Days whose files differ between two versions of a table, lost days included. Sorted. */
export function changedDays(before: Snapshot, after: Snapshot): readonly string[] {
  const difference = [
    ...[...before.files.values()].filter(({ path }) => !after.files.has(path)),
    ...[...after.files.values()].filter(({ path }) => !before.files.has(path)),
  ];
  return [...new Set(difference.map(dayOf))].sort();
}
