import type { Period } from '../../domain/period';
import { commit, type CommitResult } from '../../lake/delta/commit';
import { readSnapshot } from '../../lake/delta/log';
import { requirePartitions, type FileChanges } from '../../lake/delta/plan-commit';
import type { Snapshot } from '../../lake/delta/snapshot';
import { cleanColumns } from '../../sql/table-columns';
import { batchGroups, isKeyTimed, loadBatch, type BatchPeriods, type KeyCounts } from './batch-groups';
import { changesOf, replaceFiles } from './changes-of';
import type { PeriodRows } from './group-periods';
import { inLanes } from './lanes';
import { madePeriods } from './made-periods';
import { mergeGroup, type DonePeriod, type MergeBase, type MergedGroup } from './merge-group';
import { splitPeriods } from './split-periods';
import { tableDefinition } from './table-definition';
import { bytesOf, filesByPeriod, filesOf } from './table-partitions';
import { countFiles, type TransformContext } from './transform-context';
import { readTombstones, remembersDeletes } from './update-tombstones';
import type { Part, WorkList } from './work-list';

export interface UpdatedClean extends KeyCounts {
  readonly committed: CommitResult;
}

/** Groups that activities of their own have to merge before anything can be committed. */
export type CleanWork = Pick<WorkList, 'table' | 'clean' | 'tombstones' | 'groups'>;

/** How the batch is merged into one version of the table. */
interface MergePlan {
  readonly base: MergeBase;
  readonly versions: Pick<WorkList, 'clean' | 'tombstones'>;
  /** Merged already. */
  readonly made: ReadonlyMap<Period, DonePeriod>;
  readonly todo: readonly PeriodRows[];
}

/**
 * Merges the batch into the clean table in one commit; finds the commit when an earlier attempt made it. When that is
 * too much for one activity, the answer is what others have to do first.
 *
 * @param accepted the batch's rows by period
 * @param parts what others have done
 */
export async function updateClean(
  context: TransformContext,
  accepted: readonly PeriodRows[],
  parts: readonly Part[],
): Promise<UpdatedClean | CleanWork> {
  const { deps, plan, clean, transactionId } = context;
  const newest = await readSnapshot(deps.store, clean);
  const definition = tableDefinition(plan, 'clean', cleanColumns(plan));
  requirePartitions(clean, newest, definition);
  const isCommitted = newest?.transactions.has(transactionId) ?? false;
  const first = isCommitted ? undefined : await planMerge(context, accepted, parts, newest);
  const groups = first ? splitMerge(context, accepted, first) : [];
  if (first && groups.length > 0) return { table: 'clean', ...first.versions, groups };
  let done: readonly KeyCounts[] | undefined;
  const committed = await commit(deps.store, clean, {
    newest: { snapshot: newest },
    definition,
    transaction: { appId: transactionId, version: 0 },
    timestampMs: context.timestampMs,
    operation: 'MERGE',
    parameters: context.parameters,
    build: async (snapshot) => {
      const isFirst = snapshot === newest && first !== undefined;
      const merge = isFirst ? first : await planMerge(context, accepted, parts, snapshot);
      const merged = await mergeAll(context, accepted, merge);
      done = merged.periods;
      return changesBy(context, merged, snapshot);
    },
  });
  done ??= countedBy(parts, accepted) ?? (await countAll(context, accepted));
  return {
    committed,
    keys: sum(done.map(({ keys }) => keys)),
    deletes: sum(done.map((each) => each.deletes)),
  };
}

async function planMerge(
  context: TransformContext,
  accepted: readonly PeriodRows[],
  parts: readonly Part[],
  snapshot: Snapshot | undefined,
): Promise<MergePlan> {
  // Read after the clean table: see updateTombstones.
  const tombstones = await readTombstones(context);
  const now = { clean: snapshot, tombstones };
  const made = await madePeriods(context, parts, now, snapshot, (changed) => changed);
  return {
    base: { clean: filesByPeriod(snapshot), tombstones: filesByPeriod(tombstones) },
    versions: {
      ...(snapshot ? { clean: snapshot.version } : {}),
      ...(tombstones ? { tombstones: tombstones.version } : {}),
    },
    made,
    todo: accepted.filter(({ period }) => !made.has(period)),
  };
}

function splitMerge(
  { deps, plan, acceptedBytes }: TransformContext,
  accepted: readonly PeriodRows[],
  { base, todo }: MergePlan,
): WorkList['groups'] {
  if (!deps.split || !isKeyTimed(plan)) return [];
  const bytesPerRow = acceptedBytes / Math.max(1, sum(accepted.map(({ rows }) => rows)));
  const sizes = todo.map(({ period, rows }) => ({
    period,
    bytes: rows * bytesPerRow + bytesOf(base.clean.get(period)),
  }));
  return splitPeriods(sizes, deps.split);
}

async function mergeAll(
  context: TransformContext,
  accepted: readonly PeriodRows[],
  { base, made, todo }: MergePlan,
): Promise<MergedGroup> {
  const batch = { accepted, todo: periodsOf(todo) };
  const groups = await mergePeriods(context, base, batch, countFiles(context, 'clean', todo.length));
  return {
    periods: [...made.values(), ...groups.flatMap(({ periods }) => periods)],
    replaced: [
      ...filesOf(base.clean, [...made.keys()]).map(({ path }) => path),
      ...groups.flatMap(({ replaced }) => replaced),
    ],
  };
}

/** Merges periods of a batch into a version of the table, and uploads them; nothing is committed. */
export function mergePeriods(
  context: TransformContext,
  base: MergeBase,
  batch: BatchPeriods,
  onPeriod: (done: DonePeriod) => void,
): Promise<readonly MergedGroup[]> {
  return inLanes(context, batchGroups(context, batch, base.clean), (lane, group) =>
    mergeGroup(context, lane, base, group, onPeriod),
  );
}

function changesBy(
  { plan }: TransformContext,
  { periods, replaced }: MergedGroup,
  snapshot: Snapshot | undefined,
): FileChanges | undefined {
  const add = periods.flatMap(({ file }) => file ?? []);
  // A batch that holds deletes commits even if it changes nothing: a concurrent one must see them and merge again.
  return remembersDeletes(plan) && periods.some(({ deletes }) => deletes > 0)
    ? replaceFiles(add, replaced)
    : changesOf(snapshot, add, replaced);
}

/** The batch is what it was, whatever has become of the table: parts that can no longer be committed still count. */
function countedBy(
  parts: readonly Part[],
  accepted: readonly PeriodRows[],
): readonly KeyCounts[] | undefined {
  const counts = new Map(parts.flatMap(({ periods }) => periods).map((done) => [done.period, done]));
  return accepted.every(({ period }) => counts.has(period)) ? [...counts.values()] : undefined;
}

async function countAll(
  context: TransformContext,
  accepted: readonly PeriodRows[],
): Promise<readonly KeyCounts[]> {
  const groups = batchGroups(context, { accepted });
  const counts = await inLanes(context, groups, (lane, group) => loadBatch(context, lane, group));
  return counts.flatMap((periods) => [...periods.values()]);
}

function periodsOf(rows: readonly PeriodRows[]): ReadonlySet<Period> {
  return new Set(rows.map(({ period }) => period));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
