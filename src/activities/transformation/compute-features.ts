import { daySpans, type Period } from '../../domain/period';
import type { PipelinePlan } from '../../domain/plan';
import { partitionOf } from '../../lake/table-files';
import { tableRowsViewSql } from '../../sql/clean';
import { featureOrder, featureRowsSql, featureValues, rowFeaturesSql } from '../../sql/features';
import { areSortedApart } from '../../sql/period-files';
import { checkHistoryQueries } from '../check-history-queries';
import { sourcePeriods } from './affected-periods';
import { groupPeriods, type PeriodRows } from './group-periods';
import { executeAll, inLanes, laneCount, type Lane } from './lanes';
import type { DonePeriod } from './merge-group';
import { filesOf, rowsOf, type FilesByPeriod } from './table-partitions';
import { fetchFiles, type TransformContext } from './transform-context';
import { writePeriods } from './write-periods';

export interface FeatureSources {
  readonly clean: FilesByPeriod;
  /** Paths of the feature table that are live: equal content is not uploaded again. */
  readonly live: ReadonlySet<string>;
}

/** What windows see of earlier days is read for each group, so no group is shorter than twice that. */
const REACHES_PER_GROUP = 2;

/** Computes features of some periods and uploads them; nothing is committed. */
export async function computeFeatures(
  context: TransformContext,
  sources: FeatureSources,
  periods: readonly Period[],
  onPeriod: (done: DonePeriod) => void,
): Promise<readonly DonePeriod[]> {
  const { deps, plan } = context;
  const rows = periods.map((period) => ({ period, rows: rowsOf(sources.clean.get(period)) }));
  const groups = groupPeriods(rows, { lanes: laneCount(deps), minDays: minGroupDays(plan) });
  const existing = [...sources.clean.keys()].sort();
  const done = await inLanes(context, groups, (lane, group) =>
    computeGroup(context, lane, { sources, existing, group, onPeriod }),
  );
  return done.flat();
}

/** No group is shorter. */
export function minGroupDays(plan: PipelinePlan): number {
  return REACHES_PER_GROUP * Math.max(0, ...reachOf(plan));
}

/** How many days back each window sees. */
export function reachOf({ windows }: PipelinePlan): readonly number[] {
  return windows.map(({ days }) => days);
}

interface FeatureGroup {
  readonly sources: FeatureSources;
  /** All periods of the clean table, sorted. */
  readonly existing: readonly Period[];
  readonly group: readonly PeriodRows[];
  readonly onPeriod: (done: DonePeriod) => void;
}

/** Features of some neighbouring periods. */
async function computeGroup(
  context: TransformContext,
  lane: Lane,
  { sources, existing, group, onPeriod }: FeatureGroup,
): Promise<readonly DonePeriod[]> {
  const { plan, clean, features } = context;
  const periods = group.map(({ period }) => period);
  const files = filesOf(sources.clean, sourcePeriods(periods, reachOf(plan), existing));
  const isApart = areSortedApart(group, context.deps.minRowsApart);
  await checkHistoryQueries(lane.session, plan);
  await executeAll(context, lane, [
    tableRowsViewSql(plan, await fetchFiles(context, clean, files)),
    rowFeaturesSql(plan),
    ...featureRowsSql(plan, daySpans(periods), isApart ? 'view' : 'table'),
  ]);
  const done: DonePeriod[] = [];
  await writePeriods(context, lane, {
    table: features,
    // Each clean row has one row of features. A period may have lost all of its rows since the group was listed.
    periods: group.filter(({ rows }) => rows > 0),
    rows: {
      relation: 'feature_rows',
      values: featureValues(plan),
      ...(isApart && { order: featureOrder(plan) }),
    },
    live: sources.live,
    isReadAgain: false,
    onFile: (file) => {
      const what = { period: partitionOf(file), keys: 0, deletes: 0, file };
      done.push(what);
      onPeriod(what);
    },
  });
  return done;
}
