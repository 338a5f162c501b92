import type { AddAction } from '../../lake/delta/actions';
import type { PipelinePlan } from '../../domain/plan';
import type { Period } from '../../domain/period';
import { rowsOfAdd } from '../../lake/delta/table-version';
import { acceptedPeriodsSql, BATCH_COUNTS_SQL, batchTableSql } from '../../sql/clean';
import { groupPeriods, spanOf, type PeriodRows } from './group-periods';
import { executeAll, inLanes, laneCount, type Lane } from './lanes';
import { readPeriods } from './read-periods';
import type { BatchCounts } from './replaced-rows';
import type { TransformContext } from './transform-context';

export type KeyCounts = Omit<BatchCounts, 'accepted'>;

/** Accepted rows by the period of their event. */
export async function acceptedPeriods(context: TransformContext): Promise<readonly PeriodRows[]> {
  const sql = acceptedPeriodsSql(context.plan, context.acceptedPath);
  const [periods = []] = await inLanes(context, [sql], ({ session }) =>
    readPeriods<PeriodRows>(session, sql),
  );
  return periods;
}

/** Whether all rows with one key lie in one period; else a batch may touch rows of any. */
export function isKeyTimed({ key, eventTime }: Pick<PipelinePlan, 'key' | 'eventTime'>): boolean {
  return key.includes(eventTime);
}

/**
 * Parts of a batch that can be merged apart from each other. @param byPeriod what their periods hold already
 */
export function batchGroups(
  { deps, plan }: Pick<TransformContext, 'deps' | 'plan'>,
  accepted: readonly PeriodRows[],
  byPeriod: ReadonlyMap<Period, readonly AddAction[]> = new Map(),
): readonly (readonly PeriodRows[])[] {
  if (!isKeyTimed(plan)) return accepted.length === 0 ? [] : [accepted];
  const withOld = accepted.map(({ period, rows }) => ({
    period,
    rows: (byPeriod.get(period) ?? []).reduce((sum, file) => sum + rowsOfAdd(file), rows),
  }));
  return groupPeriods(withOld, { lanes: laneCount(deps) });
}

/** Makes the table `batch` of the rows of a group; see batchTableSql. */
export async function loadBatch(
  context: TransformContext,
  lane: Lane,
  group: readonly PeriodRows[],
): Promise<KeyCounts> {
  await executeAll(context, lane, batchTableSql(context.plan, context.acceptedPath, spanOf(group)));
  const [counts] = await lane.session.rows(BATCH_COUNTS_SQL);
  return counts as unknown as KeyCounts;
}
