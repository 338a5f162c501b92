import { join } from 'node:path';
import type { Period } from '../../domain/period';
import type { PipelinePlan } from '../../domain/plan';
import { commit } from '../../lake/delta/commit';
import { readSnapshot } from '../../lake/delta/log';
import type { FileChanges } from '../../lake/delta/plan-commit';
import type { Snapshot } from '../../lake/delta/snapshot';
import type { QuerySession } from '../../ports/query-engine';
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
import { changesOf } from './changes-of';
import { tableDefinition } from './table-definition';
import { readPeriods } from './read-periods';
import { filesByPeriod, filesOf } from './table-partitions';
import { fetchFiles, type TransformContext } from './transform-context';
import type { BatchSession } from './with-batch';
import { writePartitions, type PartitionRows } from './write-partitions';

type RemembersDeletes = PipelinePlan & Required<Pick<PipelinePlan, 'newest' | 'delete'>>;

/** Without an order of versions whatever comes after a delete is newer than it, so nothing needs to be remembered. */
export function remembersDeletes(plan: PipelinePlan): plan is RemembersDeletes {
  return plan.newest !== undefined && plan.delete !== undefined;
}

/**
 * Remembers the batch's deletes, in a commit before that of the clean table: whoever reads the clean table and then
 * the tombstones knows every delete that the clean table has seen.
 */
export async function updateTombstones(
  context: TransformContext,
  { session, directory }: BatchSession,
): Promise<void> {
  const { deps, plan, tombstones } = context;
  if (!remembersDeletes(plan)) return;
  await session.execute(batchDeletesSql(plan, context.acceptedPath), deps.signal());
  const [found] = await session.rows('SELECT count(*) AS rows FROM batch_deletes');
  if (found?.['rows'] === 0) return;
  const { snapshot: committed } = await commit(deps.store, tombstones, {
    definition: tableDefinition(plan, 'tombstones', tombstoneColumns(plan)),
    transaction: { appId: context.transactionId, version: 0 },
    timestampMs: context.timestampMs,
    operation: 'MERGE',
    parameters: context.parameters,
    build: (snapshot) => merge(context, plan, session, directory, snapshot),
  });
  await writeCheckpointIfDue(deps, tombstones, committed, directory);
}

async function merge(
  context: TransformContext,
  plan: RemembersDeletes,
  session: QuerySession,
  directory: string,
  snapshot: Snapshot | undefined,
): Promise<FileChanges | undefined> {
  const { deps, tombstones } = context;
  const byPeriod = filesByPeriod(snapshot);
  const load = async (periods: readonly Period[]): Promise<readonly string[]> => {
    const files = filesOf(byPeriod, periods);
    const local = await fetchFiles(context, tombstones, files, join(directory, 'old-tombstones'));
    await session.execute(tombstoneRowsViewSql(plan, local), deps.signal());
    return files.map(({ path }) => path);
  };
  // A delete replaces one of another period only when the key does not contain the event time.
  await load(plan.key.includes(plan.eventTime) ? [] : [...byPeriod.keys()]);
  const periods = (await readPeriods(session, deletedPeriodsSql(plan))).map(({ period }) => period);
  const replaced = await load(periods);
  await session.execute(tombstonesSql(plan), deps.signal());
  const { files: add } = await writePartitions(deps, {
    table: tombstones,
    name: 'tombstones',
    session,
    directory,
    partitions: await readPeriods<PartitionRows>(session, periodsSql(plan, 'tombstones')),
    rows: { table: 'tombstones', values: tombstoneValues(plan) },
    columns: tombstoneColumns(plan),
    live: new Set(replaced),
  });
  return changesOf(snapshot, add, replaced);
}

/** Makes the view `tombstone_rows` of what is remembered for the rows of `periods`. */
export async function loadTombstones(
  context: TransformContext,
  session: QuerySession,
  directory: string,
  periods: readonly Period[],
): Promise<void> {
  const { deps, plan, tombstones } = context;
  if (!remembersDeletes(plan)) return;
  const byPeriod = filesByPeriod(await readSnapshot(deps.store, tombstones));
  const wanted = plan.key.includes(plan.eventTime) ? periods : [...byPeriod.keys()];
  const local = await fetchFiles(context, tombstones, filesOf(byPeriod, wanted), directory);
  await session.execute(tombstoneRowsViewSql(plan, local), deps.signal());
}
