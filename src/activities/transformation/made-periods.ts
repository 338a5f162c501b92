import type { Period } from '../../domain/period';
import { readSnapshot } from '../../lake/delta/log';
import type { Snapshot } from '../../lake/delta/snapshot';
import { refreshOld, withFileInPlace } from './files-in-place';
import type { DonePeriod } from './merge-group';
import { changedPeriods } from './table-partitions';
import type { TransformContext } from './transform-context';
import { readTombstones } from './update-tombstones';
import type { Part, WorkList } from './work-list';

/** What the periods of a table are made from now. */
export interface Sources {
  readonly clean: Snapshot | undefined;
  /** Left out when features are made. */
  readonly tombstones?: Snapshot | undefined;
}

/** Periods of the made table that depend on changed ones of the clean table. */
export type Reached = (changed: readonly Period[]) => readonly Period[];

/**
 * What parts have made that can be committed now: nobody has changed what it was made from, and its files are in place.
 *
 * @param live the made table
 */
export async function madePeriods(
  context: TransformContext,
  parts: readonly Part[],
  now: Sources,
  live: Snapshot | undefined,
  reached: Reached,
): Promise<ReadonlyMap<Period, DonePeriod>> {
  const made = new Map<Period, DonePeriod>();
  for (const list of new Set(parts.map((part) => part.list))) {
    const outdated = await outdatedPeriods(context, list, now, reached);
    const periods = parts.filter((part) => part.list === list).flatMap((part) => part.periods);
    for (const done of periods) if (!outdated.has(done.period)) made.set(done.period, done);
  }
  const [table] = parts.map(({ list }) => context[list.table]);
  if (!table) return made;
  const { deps, directory } = context;
  return withFileInPlace(deps.store, table, [...made.values()], {
    live: new Set(live?.files.keys()),
    onFile: (head, sha256) => refreshOld(deps.store, directory, head, sha256),
  });
}

/** Periods for which a list is not true any more: commits that came after it have changed what they are made from. */
export async function outdatedPeriods(
  context: TransformContext,
  list: WorkList,
  now: Sources,
  reached: Reached,
): Promise<ReadonlySet<Period>> {
  return new Set(reached(await changedSince(context, list, now)));
}

/** Periods of the clean table and of the tombstones that commits have touched since a list was made. */
async function changedSince(
  context: TransformContext,
  { clean, tombstones }: WorkList,
  now: Sources,
): Promise<readonly Period[]> {
  const changes: (readonly Period[])[] = [];
  if (now.clean?.version !== clean) {
    const before =
      clean === undefined ? undefined : await readSnapshot(context.deps.store, context.clean, clean);
    changes.push(changedPeriods(before, now.clean));
  }
  if ('tombstones' in now && now.tombstones?.version !== tombstones) {
    const before = tombstones === undefined ? undefined : await readTombstones(context, tombstones);
    changes.push(changedPeriods(before, now.tombstones));
  }
  return changes.flat();
}
