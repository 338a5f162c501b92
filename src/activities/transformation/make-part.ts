import type { Period } from '../../domain/period';
import { readSnapshot } from '../../lake/delta/log';
import { affectedPeriods } from './affected-periods';
import { computeFeatures, reachOf } from './compute-features';
import { outdatedPeriods, type Reached, type Sources } from './made-periods';
import type { DonePeriod } from './merge-group';
import type { PartProgress } from './part-progress';
import { filesByPeriod, filesOf } from './table-partitions';
import { countFiles, type TransformContext } from './transform-context';
import { mergePeriods } from './update-clean';
import { readTombstones } from './update-tombstones';
import type { WorkList } from './work-list';

export interface MadePart {
  readonly periods: readonly DonePeriod[];
  /** How many of them an earlier attempt had finished. */
  readonly resumed: number;
}

/** Makes those periods of a group that are not finished yet, as far as the list is still true for them. */
export async function makePart(
  context: TransformContext,
  list: WorkList,
  group: readonly Period[],
  progress: PartProgress,
): Promise<MadePart> {
  await progress.restore(context[list.table]);
  const resumed = progress.finished.size;
  const now = await readSources(context, list);
  const outdated = await outdatedPeriods(context, list, now, reachedIn(context, list, now));
  const todo = group.filter((period) => !progress.finished.has(period) && !outdated.has(period));
  const count = countFiles(context, list.table, todo.length);
  const onPeriod = (done: DonePeriod): void => {
    progress.add(done);
    count();
  };
  try {
    await (list.table === 'clean' ? merge : compute)(context, list, now, todo, onPeriod);
  } finally {
    await progress.settle();
  }
  const periods = group.flatMap((period) => progress.finished.get(period) ?? []);
  return { periods, resumed };
}

/** For all periods that the list is still true for, the newest version holds just what the list's version held. */
async function readSources(context: TransformContext, { table }: WorkList): Promise<Sources> {
  // In this order: see updateTombstones.
  const clean = await readSnapshot(context.deps.store, context.clean);
  return table === 'clean' ? { clean, tombstones: await readTombstones(context) } : { clean };
}

function reachedIn({ plan }: TransformContext, { table }: WorkList, { clean }: Sources): Reached {
  if (table === 'clean') return (changed) => changed;
  const existing = [...filesByPeriod(clean).keys()].sort();
  return (changed) => affectedPeriods(changed, reachOf(plan), existing);
}

type Work = (
  context: TransformContext,
  list: WorkList,
  now: Sources,
  todo: readonly Period[],
  onPeriod: (done: DonePeriod) => void,
) => Promise<unknown>;

const merge: Work = (context, { accepted }, { clean, tombstones }, todo, onPeriod) => {
  const base = { clean: filesByPeriod(clean), tombstones: filesByPeriod(tombstones) };
  return mergePeriods(context, base, { accepted, todo: new Set(todo) }, onPeriod);
};

const compute: Work = async (context, _list, { clean }, todo, onPeriod) => {
  const features = filesByPeriod(await readSnapshot(context.deps.store, context.features));
  const live = new Set(filesOf(features, todo).map(({ path }) => path));
  return computeFeatures(context, { clean: filesByPeriod(clean), live }, todo, onPeriod);
};
