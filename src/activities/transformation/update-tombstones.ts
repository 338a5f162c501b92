import type { Period } from '../../domain/period';
import type { PipelinePlan } from '../../domain/plan';
import { commit } from '../../lake/delta/commit';
import { readSnapshot } from '../../lake/delta/log';
import type { FileChanges } from '../../lake/delta/plan-commit';
import type { Snapshot } from '../../lake/delta/snapshot';
import { periodsSql } from '../../sql/clean';
import { tombstoneColumns } from '../../sql/table-columns';
import {
  batchDeletesSql,
  deletedPeriodsSql,
  tombstoneRowsViewSql,
  tombstoneValues,
  tombstonesSql,
} from '../../sql/tombstones';
import { writeCheckpointIfDue } from '../tables/write-checkpoint';
import { isKeyTimed } from './batch-groups';
import { changesOf } from './changes-of';
import type { PeriodRows } from './group-periods';
import { executeAll, inLanes, type Lane } from './lanes';
import { readPeriods } from './read-periods';
import { tableDefinition } from './table-definition';
import { filesByPeriod, filesOf, type FilesByPeriod } from './table-partitions';
import { countFiles, fetchFiles, type TransformContext } from './transform-context';
import { writePeriods } from './write-periods';

type RemembersDeletes = PipelinePlan & Required<Pick<PipelinePlan, 'newest' | 'delete'>>;

/** Without an order of versions whatever comes after a delete is newer than it, so nothing needs to be remembered. */
export function remembersDeletes(plan: PipelinePlan): plan is RemembersDeletes {
  return plan.newest !== undefined && plan.delete !== undefined;
}

/**
 * Remembers the batch's deletes, in a commit before that of the clean table: whoever reads the clean table and then
 * the tombstones knows every delete that the clean table has seen.
 */
export async function updateTombstones(context: TransformContext): Promise<void> {
  const { deps, plan, tombstones, directory } = context;
  if (!remembersDeletes(plan)) return;
  await inLanes(context, [plan], async (lane) => {
    await executeAll(context, lane, [batchDeletesSql(plan, await context.accepted())]);
    const [found] = await lane.session.rows('SELECT count(*) AS rows FROM batch_deletes');
    if (found?.['rows'] === 0) return;
    const { snapshot: committed } = await commit(deps.store, tombstones, {
      definition: tableDefinition(plan, 'tombstones', tombstoneColumns(plan)),
      transaction: { appId: context.transactionId, version: 0 },
      timestampMs: context.timestampMs,
      operation: 'MERGE',
      parameters: context.parameters,
      build: (snapshot) => merge(context, plan, lane, snapshot),
    });
    await writeCheckpointIfDue(deps, tombstones, committed, directory);
  });
}

async function merge(
  context: TransformContext,
  plan: RemembersDeletes,
  lane: Lane,
  snapshot: Snapshot | undefined,
): Promise<FileChanges | undefined> {
  const { tombstones } = context;
  const byPeriod = filesByPeriod(snapshot);
  // A delete replaces one of another period only when the key does not contain the event time.
  await viewTombstones(context, lane, byPeriod, []);
  const periods = (await readPeriods(lane.session, deletedPeriodsSql(plan))).map(({ period }) => period);
  const old = filesOf(byPeriod, periods);
  const replaced = old.map(({ path }) => path);
  await executeAll(context, lane, [
    tombstoneRowsViewSql(plan, await fetchFiles(context, tombstones, old)),
    tombstonesSql(plan),
  ]);
  const add = await writePeriods(context, lane, {
    table: tombstones,
    periods: await readPeriods<PeriodRows>(lane.session, periodsSql(plan, 'tombstones')),
    rows: { relation: 'tombstones', values: tombstoneValues(plan) },
    live: new Set(replaced),
    isReadAgain: false,
    onFile: countFiles(context, 'tombstones', periods.length),
  });
  return changesOf(snapshot, add, replaced);
}

/** What is remembered now, or was at a version; undefined for a plan that remembers nothing. */
export async function readTombstones(
  { deps, plan, tombstones }: TransformContext,
  version?: number,
): Promise<Snapshot | undefined> {
  return remembersDeletes(plan) ? readSnapshot(deps.store, tombstones, version) : undefined;
}

/** Makes the view `tombstone_rows` of what is remembered for the keys of rows of `periods`. Returns its files. */
export async function viewTombstones(
  context: TransformContext,
  lane: Lane,
  byPeriod: FilesByPeriod,
  periods: readonly Period[],
): Promise<readonly string[]> {
  const { plan, tombstones } = context;
  if (!remembersDeletes(plan)) return [];
  const files = isKeyTimed(plan) ? filesOf(byPeriod, periods) : [...byPeriod.values()].flat();
  const local = await fetchFiles(context, tombstones, files);
  await executeAll(context, lane, [tombstoneRowsViewSql(plan, local)]);
  return local;
}
