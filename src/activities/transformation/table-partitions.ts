import type { Period } from '../../domain/period';
import type { AddAction } from '../../lake/delta/actions';
import type { Snapshot } from '../../lake/delta/snapshot';
import { partitionOf } from '../../lake/table-files';

/** Live files of a table by the period of their partition. */
export function filesByPeriod(snapshot: Snapshot | undefined): ReadonlyMap<Period, readonly AddAction[]> {
  const periods = new Map<Period, AddAction[]>();
  for (const file of snapshot?.files.values() ?? []) {
    const period = partitionOf(file);
    const files = periods.get(period);
    if (files) files.push(file);
    else periods.set(period, [file]);
  }
  return periods;
}

export function filesOf(
  byPeriod: ReadonlyMap<Period, readonly AddAction[]>,
  periods: readonly Period[],
): readonly AddAction[] {
  return periods.flatMap((period) => byPeriod.get(period) ?? []);
}

/** Periods whose files differ between two versions of a table, lost ones included. Sorted. */
export function changedPeriods(before: Snapshot, after: Snapshot): readonly Period[] {
  const difference = [
    ...[...before.files.values()].filter(({ path }) => !after.files.has(path)),
    ...[...after.files.values()].filter(({ path }) => !before.files.has(path)),
  ];
  return [...new Set(difference.map(partitionOf))].sort();
}
