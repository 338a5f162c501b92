import type { Period } from '../../domain/period';
import type { DataFile } from '../../lake/delta/data-file';
import { partitionOf } from '../../lake/table-files';
import {
  cleanOrder,
  cleanValues,
  mergedTableSql,
  periodsSql,
  replacedPeriodsSql,
  tableRowsViewSql,
  unmergedViewSql,
} from '../../sql/clean';
import { areSortedApart } from '../../sql/period-files';
import { isKeyTimed, loadBatch, type KeyCounts } from './batch-groups';
import type { PeriodRows } from './group-periods';
import { executeAll, type Lane } from './lanes';
import { readPeriods } from './read-periods';
import { filesOf, type FilesByPeriod } from './table-partitions';
import { fetchFiles, type TransformContext } from './transform-context';
import { viewTombstones } from './update-tombstones';
import { writePeriods } from './write-periods';

/** What a batch is merged into. */
export interface MergeBase {
  readonly clean: FilesByPeriod;
  readonly tombstones: FilesByPeriod;
}

/** What has become of a period of a table. */
export interface DonePeriod extends KeyCounts {
  readonly period: Period;
  /** Absent when no row is left. */
  readonly file?: DataFile;
}

export interface MergedGroup {
  readonly periods: readonly DonePeriod[];
  /** Paths of the files whose place they take. */
  readonly replaced: readonly string[];
}

const NO_KEYS: KeyCounts = { keys: 0, deletes: 0 };

/** Merges a part of the batch into the partitions that it touches, and uploads these; nothing is committed. */
export async function mergeGroup(
  context: TransformContext,
  lane: Lane,
  base: MergeBase,
  group: readonly PeriodRows[],
  onPeriod: (done: DonePeriod) => void,
): Promise<MergedGroup> {
  const { plan, clean } = context;
  const counts = await loadBatch(context, lane, group);
  const touched = await touchedPeriods(context, lane, base, group);
  const old = filesOf(base.clean, touched);
  const tombstones = await viewTombstones(context, lane, base.tombstones, touched);
  const isApart =
    old.length === 0 && tombstones.length === 0 && areSortedApart(group, context.deps.minRowsApart);
  await executeAll(context, lane, [
    tableRowsViewSql(plan, await fetchFiles(context, clean, old)),
    isApart ? unmergedViewSql(plan) : mergedTableSql(plan),
  ]);
  const replaced = old.map(({ path }) => path);
  const done = new Map<Period, DonePeriod>();
  const finish = (period: Period, file?: DataFile): void => {
    const what = { period, ...(counts.get(period) ?? NO_KEYS), ...(file ? { file } : {}) };
    done.set(period, what);
    onPeriod(what);
  };
  await writePeriods(context, lane, {
    table: clean,
    periods: await readPeriods<PeriodRows>(lane.session, periodsSql(plan, 'merged')),
    rows: { relation: 'merged', values: cleanValues(plan), ...(isApart && { order: cleanOrder(plan) }) },
    live: new Set(replaced),
    isReadAgain: true,
    onFile: (file) => {
      finish(partitionOf(file), file);
    },
  });
  for (const period of touched) if (!done.has(period)) finish(period);
  return { periods: [...done.values()], replaced };
}

/**
 * Periods of the group's rows. When the key does not contain the event time, a row may also replace one of another
 * period, and the whole table has to be looked at.
 */
async function touchedPeriods(
  context: TransformContext,
  lane: Lane,
  { clean }: MergeBase,
  group: readonly PeriodRows[],
): Promise<readonly Period[]> {
  const { plan } = context;
  const own = group.map(({ period }) => period);
  if (isKeyTimed(plan) || clean.size === 0) return own;
  const local = await fetchFiles(context, context.clean, [...clean.values()].flat());
  await executeAll(context, lane, [tableRowsViewSql(plan, local)]);
  const replaced = await readPeriods(lane.session, replacedPeriodsSql(plan));
  return [...new Set([...own, ...replaced.map(({ period }) => period)])].sort();
}
