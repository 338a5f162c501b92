import type { Period } from '../../domain/period';
import type { PipelinePlan } from '../../domain/plan';
import { commit, type CommitResult } from '../../lake/delta/commit';
import { readSnapshot } from '../../lake/delta/log';
import { requirePartitions, type FileChanges } from '../../lake/delta/plan-commit';
import type { Snapshot } from '../../lake/delta/snapshot';
import { digestOf } from '../../lake/digest';
import { featureColumns } from '../../sql/table-columns';
import { affectedPeriods } from './affected-periods';
import { changesOf, replaceFiles } from './changes-of';
import { computeFeatures, minGroupDays, reachOf } from './compute-features';
import { madePeriods, type Reached } from './made-periods';
import type { DonePeriod } from './merge-group';
import { splitPeriods } from './split-periods';
import { tableDefinition } from './table-definition';
import { bytesOf, changedPeriods, filesByPeriod, filesOf, type FilesByPeriod } from './table-partitions';
import { countFiles, type TransformContext } from './transform-context';
import type { Part, WorkList } from './work-list';

/** Bump when feature rows change for equal clean rows. */
const FEATURE_CODE_VERSION = 4;

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

/** Groups that activities of their own have to compute before anything can be committed. */
export type FeatureWork = Pick<WorkList, 'table' | 'clean' | 'groups'>;

/** What has to be done to bring the features up to a clean version. */
interface Rebuild {
  readonly clean: FilesByPeriod;
  /** The clean version that the live features were made for; undefined = they are others: redo all. */
  readonly before: Snapshot | undefined;
  /** Paths of the files that are replaced. */
  readonly replaced: readonly string[];
  /** Computed already. */
  readonly made: ReadonlyMap<Period, DonePeriod>;
  readonly todo: readonly Period[];
}

/**
 * Brings the feature table up to a version of the clean table, in one commit whose transaction says just that:
 * "features <digest> are made for clean version <n>". So whatever happened before (a run that died between its two
 * commits, a batch that was never finished), the next one knows which periods are behind. When that is too much for one
 * activity, the answer is what others have to do first.
 *
 * @param parts what others have done
 */
export async function updateFeatures(
  context: TransformContext,
  clean: Snapshot,
  parts: readonly Part[],
): Promise<CommitResult | FeatureWork> {
  const { deps, plan, features } = context;
  const appId = `millrace/${plan.pipeline}/features/${featuresDigest(plan)}`;
  const definition = tableDefinition(plan, 'features', featureColumns(plan));
  const newest = await readSnapshot(deps.store, features);
  requirePartitions(features, newest, definition);
  const isCommitted = (newest?.transactions.get(appId) ?? -1) >= clean.version;
  const first = isCommitted ? undefined : await planRebuild(context, appId, clean, newest, parts);
  const groups = first ? splitRebuild(context, first) : [];
  if (groups.length > 0) return { table: 'features', clean: clean.version, groups };
  return commit(deps.store, features, {
    newest: { snapshot: newest },
    definition,
    transaction: { appId, version: clean.version },
    timestampMs: context.timestampMs,
    operation: 'MERGE',
    parameters: { ...context.parameters, cleanVersion: String(clean.version) },
    build: async (snapshot) => {
      const isFirst = snapshot === newest && first !== undefined;
      const rebuild = isFirst ? first : await planRebuild(context, appId, clean, snapshot, parts);
      return rebuildAll(context, rebuild, snapshot);
    },
  });
}

async function planRebuild(
  context: TransformContext,
  appId: string,
  clean: Snapshot,
  snapshot: Snapshot | undefined,
  parts: readonly Part[],
): Promise<Rebuild> {
  const base = snapshot && lastTransaction(snapshot) === appId ? snapshot : undefined;
  const before =
    base && (await readSnapshot(context.deps.store, context.clean, base.transactions.get(appId)));
  const cleanByPeriod = filesByPeriod(clean);
  const existing = [...cleanByPeriod.keys()].sort();
  const touched = before ? changedPeriods(before, clean) : existing;
  const reached: Reached = (changed) => affectedPeriods(changed, reachOf(context.plan), existing);
  const affected = reached(touched);
  const featuresByPeriod = filesByPeriod(snapshot);
  // A touched period without clean rows has lost them: its features go, too.
  const replacedPeriods = before ? new Set([...affected, ...touched]) : featuresByPeriod.keys();
  const known = await madePeriods(context, parts, { clean }, snapshot, reached);
  const made = new Map(
    affected.flatMap((period) => known.get(period) ?? []).map((done) => [done.period, done]),
  );
  return {
    clean: cleanByPeriod,
    before,
    replaced: filesOf(featuresByPeriod, [...replacedPeriods]).map(({ path }) => path),
    made,
    todo: affected.filter((period) => !made.has(period)),
  };
}

function splitRebuild({ deps, plan }: TransformContext, { clean, todo }: Rebuild): WorkList['groups'] {
  if (!deps.split) return [];
  const sizes = todo.map((period) => ({ period, bytes: bytesOf(clean.get(period)) }));
  return splitPeriods(sizes, { ...deps.split, minDays: minGroupDays(plan) });
}

async function rebuildAll(
  context: TransformContext,
  { clean, before, replaced, made, todo }: Rebuild,
  snapshot: Snapshot | undefined,
): Promise<FileChanges | undefined> {
  const onPeriod = countFiles(context, 'features', todo.length);
  const computed = await computeFeatures(context, { clean, live: new Set(replaced) }, todo, onPeriod);
  const add = [...made.values(), ...computed].flatMap(({ file }) => file ?? []);
  // Other features: a commit even when no file changes, which says for which features the files are from now on.
  return before ? changesOf(snapshot, add, replaced) : replaceFiles(add, replaced);
}

/** Name of the transaction of the newest commit that has one. */
function lastTransaction({ transactionCommits }: Snapshot): string | undefined {
  let newest: readonly [string, number] | undefined;
  for (const entry of transactionCommits) if (!newest || entry[1] > newest[1]) newest = entry;
  return newest?.[0];
}
