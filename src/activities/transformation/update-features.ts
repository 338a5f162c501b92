import { daySpans, type Period } from '../../domain/period';
import type { PipelinePlan } from '../../domain/plan';
import type { AddAction } from '../../lake/delta/actions';
import { commit, type CommitResult } from '../../lake/delta/commit';
import type { DataFile } from '../../lake/delta/data-file';
import { readSnapshot } from '../../lake/delta/log';
import type { FileChanges } from '../../lake/delta/plan-commit';
import type { Snapshot } from '../../lake/delta/snapshot';
import { digestOf } from '../../lake/digest';
import { tableRowsViewSql } from '../../sql/clean';
import { featureRowsSql, featureValues, rowFeaturesSql } from '../../sql/features';
import { featureColumns } from '../../sql/table-columns';
import { checkHistoryQueries } from '../check-history-queries';
import { affectedPeriods, sourcePeriods } from './affected-periods';
import { changedPeriods, filesByPeriod, filesOf } from './table-partitions';
import { countFiles, fetchFiles, type TransformContext } from './transform-context';
import { groupPeriods, type PeriodRows } from './group-periods';
import { executeAll, inLanes, laneCount, type Lane } from './lanes';
import { rowsOfAdd } from '../../lake/delta/table-version';
import { changesOf, replaceFiles } from './changes-of';
import { tableDefinition } from './table-definition';
import { writePeriods } from './write-periods';

/** Bump when feature rows change for equal clean rows. */
const FEATURE_CODE_VERSION = 3;

/** Everything besides the clean rows that feature rows depend on. */
export function featuresDigest({
  columns,
  key,
  eventTime,
  knownAt,
  label,
  features,
  windows,
}: PipelinePlan): string {
  const plan = { columns, key, eventTime, knownAt: knownAt ?? null, label, features, windows };
  return digestOf({ code: FEATURE_CODE_VERSION, plan });
}

/**
 * Brings the feature table up to a version of the clean table, in one commit whose transaction says just that:
 * "features <digest> are made for clean version <n>". So whatever happened before (a run that died between its two
 * commits, a batch that was never finished), the next one knows which periods are behind.
 */
export function updateFeatures(context: TransformContext, clean: Snapshot): Promise<CommitResult> {
  const { deps, plan, features } = context;
  const appId = `millrace/${plan.pipeline}/features/${featuresDigest(plan)}`;
  return commit(deps.store, features, {
    definition: tableDefinition(plan, 'features', featureColumns(plan)),
    transaction: { appId, version: clean.version },
    timestampMs: context.timestampMs,
    operation: 'MERGE',
    parameters: { ...context.parameters, cleanVersion: String(clean.version) },
    build: async (snapshot) => {
      const base = snapshot && lastTransaction(snapshot) === appId ? snapshot : undefined;
      const before = base && (await readSnapshot(deps.store, context.clean, base.transactions.get(appId)));
      return rebuild(context, clean, snapshot, before);
    },
  });
}

/** @param before the clean version that the live features were made for; undefined = they are others: redo all. */
async function rebuild(
  context: TransformContext,
  clean: Snapshot,
  snapshot: Snapshot | undefined,
  before: Snapshot | undefined,
): Promise<FileChanges | undefined> {
  const cleanByPeriod = filesByPeriod(clean);
  const existing = [...cleanByPeriod.keys()].sort();
  const touched = before ? changedPeriods(before, clean) : existing;
  const affected = affectedPeriods(touched, reachOf(context.plan), existing);
  const featuresByPeriod = filesByPeriod(snapshot);
  // A touched period without clean rows has lost them: its features go, too.
  const replacedPeriods = before ? new Set([...affected, ...touched]) : featuresByPeriod.keys();
  const replaced = filesOf(featuresByPeriod, [...replacedPeriods]).map(({ path }) => path);
  const add = await computePeriods(context, affected, cleanByPeriod, new Set(replaced));
  // Other features: a commit even when no file changes, which says for which features the files are from now on.
  return before ? changesOf(snapshot, add, replaced) : replaceFiles(add, replaced);
}

/** Features of some neighbouring periods; nothing is committed. */
async function computeGroup(
  context: TransformContext,
  lane: Lane,
  { group, sources, live, onFile }: FeatureGroup,
): Promise<readonly DataFile[]> {
  const { plan, features } = context;
  const periods = group.map(({ period }) => period);
  await checkHistoryQueries(lane.session, plan);
  await executeAll(context, lane, [
    tableRowsViewSql(plan, await fetchFiles(context, context.clean, sources)),
    rowFeaturesSql(plan),
    ...featureRowsSql(plan, daySpans(periods)),
  ]);
  return writePeriods(context, lane, {
    table: features,
    rows: { table: 'feature_rows', values: featureValues(plan) },
    live,
    isReadAgain: false,
    onFile,
  });
}

interface FeatureGroup {
  readonly group: readonly PeriodRows[];
  /** Clean files of the group and of what its windows see. */
  readonly sources: readonly AddAction[];
  readonly live: ReadonlySet<string>;
  readonly onFile: () => void;
}

/** What windows see of earlier days is read for each group, so no group is shorter than twice that. */
const REACHES_PER_GROUP = 2;

async function computePeriods(
  context: TransformContext,
  affected: readonly Period[],
  cleanByPeriod: ReadonlyMap<Period, readonly AddAction[]>,
  live: ReadonlySet<string>,
): Promise<readonly DataFile[]> {
  const { deps, plan } = context;
  const [existing, reach] = [[...cleanByPeriod.keys()].sort(), reachOf(plan)];
  const rows = affected.map((period) => ({
    period,
    rows: (cleanByPeriod.get(period) ?? []).reduce((sum, file) => sum + rowsOfAdd(file), 0),
  }));
  const minDays = REACHES_PER_GROUP * Math.max(0, ...reach);
  const onFile = countFiles(context, 'features', affected.length);
  const groups = groupPeriods(rows, { lanes: laneCount(deps), minDays }).map((group) => {
    const periods = sourcePeriods(
      group.map(({ period }) => period),
      reach,
      existing,
    );
    return { group, sources: filesOf(cleanByPeriod, periods), live, onFile };
  });
  const files = await inLanes(context, groups, (lane, group) => computeGroup(context, lane, group));
  return files.flat();
}

/** How many days back each window sees. */
function reachOf({ windows }: PipelinePlan): readonly number[] {
  return windows.map(({ days }) => days);
}

/** Name of the transaction of the newest commit that has one. */
function lastTransaction({ transactionCommits }: Snapshot): string | undefined {
  let newest: readonly [string, number] | undefined;
  for (const entry of transactionCommits) if (!newest || entry[1] > newest[1]) newest = entry;
  return newest?.[0];
}
