import { commit, type CommitResult } from '../../lake/delta/commit';
import type { FileChanges } from '../../lake/delta/plan-commit';
import type { Snapshot } from '../../lake/delta/snapshot';
import { cleanColumns } from '../../sql/table-columns';
import { batchGroups, loadBatch, type KeyCounts } from './batch-groups';
import { changesOf, replaceFiles } from './changes-of';
import type { PeriodRows } from './group-periods';
import { inLanes } from './lanes';
import { mergeGroup, type MergedGroup } from './merge-group';
import { tableDefinition } from './table-definition';
import { filesByPeriod } from './table-partitions';
import { countFiles, type TransformContext } from './transform-context';
import { remembersDeletes, tombstoneFiles } from './update-tombstones';

export interface UpdatedClean extends KeyCounts {
  readonly committed: CommitResult;
}

/**
 * Merges the batch into the clean table in one commit; finds the commit when an earlier attempt made it.
 *
 * @param accepted the batch's rows by period
 */
export async function updateClean(
  context: TransformContext,
  accepted: readonly PeriodRows[],
): Promise<UpdatedClean> {
  const { deps, plan, clean } = context;
  let merged: readonly KeyCounts[] | undefined;
  const committed = await commit(deps.store, clean, {
    definition: tableDefinition(plan, 'clean', cleanColumns(plan)),
    transaction: { appId: context.transactionId, version: 0 },
    timestampMs: context.timestampMs,
    operation: 'MERGE',
    parameters: context.parameters,
    build: async (snapshot) => {
      const groups = await mergeAll(context, accepted, snapshot);
      merged = groups;
      return changesBy(context, groups, snapshot);
    },
  });
  merged ??= await countAll(context, accepted);
  return {
    committed,
    keys: sum(merged.map(({ keys }) => keys)),
    deletes: sum(merged.map(({ deletes }) => deletes)),
  };
}

async function mergeAll(
  context: TransformContext,
  accepted: readonly PeriodRows[],
  snapshot: Snapshot | undefined,
): Promise<readonly MergedGroup[]> {
  // Read after the clean table: see updateTombstones.
  const base = { clean: filesByPeriod(snapshot), tombstones: await tombstoneFiles(context) };
  const onFile = countFiles(context, 'clean', accepted.length);
  return inLanes(context, batchGroups(context, accepted, base.clean), (lane, group) =>
    mergeGroup(context, lane, base, group, onFile),
  );
}

function changesBy(
  { plan }: TransformContext,
  groups: readonly MergedGroup[],
  snapshot: Snapshot | undefined,
): FileChanges | undefined {
  const add = groups.flatMap(({ files }) => files);
  const replaced = groups.flatMap((group) => group.replaced);
  // A batch that holds deletes commits even if it changes nothing: a concurrent one must see them and merge again.
  return remembersDeletes(plan) && groups.some(({ deletes }) => deletes > 0)
    ? replaceFiles(add, replaced)
    : changesOf(snapshot, add, replaced);
}

function countAll(context: TransformContext, accepted: readonly PeriodRows[]): Promise<readonly KeyCounts[]> {
  return inLanes(context, batchGroups(context, accepted), (lane, group) => loadBatch(context, lane, group));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
