import { join } from 'node:path';
import { daySpans, type Period } from '../../domain/period';
import type { PipelinePlan } from '../../domain/plan';
import type { AddAction } from '../../lake/delta/actions';
import { commit, type CommitResult } from '../../lake/delta/commit';
import type { DataFile } from '../../lake/delta/data-file';
import { readSnapshot } from '../../lake/delta/log';
import type { FileChanges } from '../../lake/delta/plan-commit';
import type { Snapshot } from '../../lake/delta/snapshot';
import { digestOf } from '../../lake/digest';
import { periodsSql, tableRowsViewSql } from '../../sql/clean';
import { featureRowsSql, featureValues, rowFeaturesSql } from '../../sql/features';
import { featureColumns } from '../../sql/table-columns';
import { affectedPeriods, sourcePeriods } from './affected-periods';
import { readPeriods } from './read-periods';
import { changedPeriods, filesByPeriod, filesOf } from './table-partitions';
import { executeAll, fetchFiles, withSession, type TransformContext } from './transform-context';
import { changesOf, replaceFiles } from './changes-of';
import { tableDefinition } from './table-definition';
import { writePartitions, type PartitionRows } from './write-partitions';

/** Bump when feature rows change for equal clean rows. */
const FEATURE_CODE_VERSION = 2;

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
  const reach = context.plan.windows.map(({ days }) => days);
  const touched = before ? changedPeriods(before, clean) : existing;
  const affected = affectedPeriods(touched, reach, existing);
  const sources = filesOf(cleanByPeriod, sourcePeriods(affected, reach, existing));
  const featuresByPeriod = filesByPeriod(snapshot);
  // A touched period without clean rows has lost them: its features go, too.
  const replacedPeriods = before ? new Set([...affected, ...touched]) : featuresByPeriod.keys();
  const replaced = filesOf(featuresByPeriod, [...replacedPeriods]).map(({ path }) => path);
  const add = await computePeriods(context, affected, sources, new Set(replaced));
  // Other features: a commit even when no file changes, which says for which features the files are from now on.
  return before ? changesOf(snapshot, add, replaced) : replaceFiles(add, replaced);
}

function computePeriods(
  context: TransformContext,
  periods: readonly Period[],
  sources: ReturnType<typeof filesOf>,
  live: ReadonlySet<string>,
): Promise<readonly DataFile[]> {
  const { deps, plan } = context;
  return withSession(context, async (session, directory) => {
    const local = await cleanFiles(context, sources, join(directory, 'clean'));
    await executeAll(context, session, [
      tableRowsViewSql(plan, local),
      rowFeaturesSql(plan),
      ...featureRowsSql(plan, daySpans(periods)),
    ]);
    const { files } = await writePartitions(deps, {
      table: context.features,
      name: 'features',
      session,
      directory,
      partitions: await readPeriods<PartitionRows>(session, periodsSql(plan, 'feature_rows')),
      rows: { table: 'feature_rows', values: featureValues(plan) },
      columns: featureColumns(plan),
      live,
    });
    return files;
  });
}

/** Rows that this attempt has just written are at hand in local files; the rest is downloaded. */
async function cleanFiles(
  context: TransformContext,
  sources: readonly AddAction[],
  directory: string,
): Promise<readonly string[]> {
  const wanted = new Set(sources.map(({ path }) => path));
  const { written } = context;
  if (!written?.files.every(({ path }) => wanted.has(path))) {
    return fetchFiles(context, context.clean, sources, directory);
  }
  const atHand = new Set(written.files.map(({ path }) => path));
  const missing = sources.filter(({ path }) => !atHand.has(path));
  return [...written.rowsPaths, ...(await fetchFiles(context, context.clean, missing, directory))];
}

/** Name of the transaction of the newest commit that has one. */
function lastTransaction({ transactionCommits }: Snapshot): string | undefined {
  let newest: readonly [string, number] | undefined;
  for (const entry of transactionCommits) if (!newest || entry[1] > newest[1]) newest = entry;
  return newest?.[0];
}
