import type { Period } from '../../domain/period';
import type { AddAction } from '../../lake/delta/actions';
import type { Snapshot } from '../../lake/delta/snapshot';
import { rowsOfAdd } from '../../lake/delta/table-version';
import { partitionOf } from '../../lake/table-files';

export type FilesByPeriod = ReadonlyMap<Period, readonly AddAction[]>;

/** Live files of a table by the period of their partition. */
export function filesByPeriod(snapshot: Snapshot | undefined): FilesByPeriod {
  const periods = new Map<Period, AddAction[]>();
  for (const file of snapshot?.files.values() ?? []) {
    const period = partitionOf(file);
    const files = periods.get(period);
    if (files) files.push(file);
    else periods.set(period, [file]);
  }
  return periods;
}

export function filesOf(byPeriod: FilesByPeriod, periods: readonly Period[]): readonly AddAction[] {
  return periods.flatMap((period) => byPeriod.get(period) ?? []);
}

/** Of files, by their statistics. */
export function rowsOf(files: readonly AddAction[] = []): number {
  return files.reduce((rows, file) => rows + rowsOfAdd(file), 0);
}

export function bytesOf(files: readonly AddAction[] = []): number {
  return files.reduce((bytes, { size }) => bytes + size, 0);
}

/** Periods whose files differ between two versions of a table (undefined = none yet), lost ones included. Sorted. */
export function changedPeriods(before: Snapshot | undefined, after: Snapshot | undefined): readonly Period[] {
  const difference = [...missing(before, after), ...missing(after, before)];
  return [...new Set(difference.map(partitionOf))].sort();
}

/** Files of one version that the other lacks. */
function missing(of: Snapshot | undefined, from: Snapshot | undefined): readonly AddAction[] {
  return [...(of?.files.values() ?? [])].filter(({ path }) => !from?.files.has(path));
}
