import type { PipelinePlan } from '../../domain/plan';
import type { Period } from '../../domain/period';
import { acceptedPeriodsSql, batchCountsSql, batchTableSql } from '../../sql/clean';
import { groupPeriods, spanOf, type PeriodRows } from './group-periods';
import { executeAll, inLanes, laneCount, type Lane } from './lanes';
import { readPeriods } from './read-periods';
import type { BatchCounts } from './replaced-rows';
import { rowsOf, type FilesByPeriod } from './table-partitions';
import type { TransformContext } from './transform-context';

export type KeyCounts = Omit<BatchCounts, 'accepted'>;

/** Accepted rows by the period of their event. */
export async function acceptedPeriods(context: TransformContext): Promise<readonly PeriodRows[]> {
  const sql = acceptedPeriodsSql(context.plan, await context.accepted());
  const [periods = []] = await inLanes(context, [sql], ({ session }) =>
    readPeriods<PeriodRows>(session, sql),
  );
  return periods;
}

/** Whether all rows with one key lie in one period; else a batch may touch rows of any. */
export function isKeyTimed({ key, eventTime }: Pick<PipelinePlan, 'key' | 'eventTime'>): boolean {
  return key.includes(eventTime);
}

/** Periods of a batch that are worked on. */
export interface BatchPeriods {
  readonly accepted: readonly PeriodRows[];
  /** Default: all of them. */
  readonly todo?: ReadonlySet<Period>;
}

/**
 * Parts of a batch that can be merged apart from each other. @param byPeriod what their periods hold already
 */
export function batchGroups(
  { deps, plan }: Pick<TransformContext, 'deps' | 'plan'>,
  { accepted, todo }: BatchPeriods,
  byPeriod: FilesByPeriod = new Map(),
): readonly (readonly PeriodRows[])[] {
  if (!isKeyTimed(plan)) return accepted.length === 0 ? [] : [accepted];
  return runsOf(accepted, todo).flatMap((run) => {
    const withOld = run.map(({ period, rows }) => ({ period, rows: rows + rowsOf(byPeriod.get(period)) }));
    return groupPeriods(withOld, { lanes: laneCount(deps) });
  });
}

/** A group takes all rows between its first and its last period, so periods with others between them are kept apart. */
function runsOf(
  accepted: readonly PeriodRows[],
  todo: ReadonlySet<Period> | undefined,
): readonly (readonly PeriodRows[])[] {
  if (!todo) return [accepted];
  const runs: PeriodRows[][] = [[]];
  for (const each of accepted) {
    if (todo.has(each.period)) runs.at(-1)?.push(each);
    else if (runs.at(-1)?.length !== 0) runs.push([]);
  }
  return runs;
}

/** Makes the table `batch` of the rows of a group; see batchTableSql. */
export async function loadBatch(
  context: TransformContext,
  lane: Lane,
  group: readonly PeriodRows[],
): Promise<ReadonlyMap<Period, KeyCounts>> {
  const { plan } = context;
  await executeAll(context, lane, batchTableSql(plan, await context.accepted(), spanOf(group)));
  const counts = await readPeriods<KeyCounts & { readonly period: Period }>(
    lane.session,
    batchCountsSql(plan),
  );
  return new Map(counts.map(({ period, keys, deletes }) => [period, { keys, deletes }]));
}
