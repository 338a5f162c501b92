import { join } from 'node:path';
import type { Period } from '../../domain/period';
import { commit, type CommitResult } from '../../lake/delta/commit';
import type { FileChanges } from '../../lake/delta/plan-commit';
import type { Snapshot } from '../../lake/delta/snapshot';
import type { QuerySession } from '../../ports/query-engine';
import {
  batchPeriodsSql,
  cleanValues,
  mergedTableSql,
  periodsSql,
  replacedPeriodsSql,
  tableRowsViewSql,
} from '../../sql/clean';
import { cleanColumns } from '../../sql/table-columns';
import { changesOf, replaceFiles } from './changes-of';
import { tableDefinition } from './table-definition';
import { readPeriods } from './read-periods';
import { filesByPeriod, filesOf } from './table-partitions';
import { executeAll, fetchFiles, type TransformContext } from './transform-context';
import type { BatchSession } from './with-batch';
import { loadTombstones, remembersDeletes } from './update-tombstones';
import { writePartitions, type PartitionRows } from './write-partitions';

/**
 * Merges the batch into the clean table in one commit; finds the commit when an earlier attempt made it.
 *
 * @param batch a session that holds the batch, see `withBatch`
 */
export function updateClean(context: TransformContext, batch: BatchSession): Promise<CommitResult> {
  const { deps, plan, clean } = context;
  return commit(deps.store, clean, {
    definition: tableDefinition(plan, 'clean', cleanColumns(plan)),
    transaction: { appId: context.transactionId, version: 0 },
    timestampMs: context.timestampMs,
    operation: 'MERGE',
    parameters: context.parameters,
    build: (snapshot) => merge(context, batch, snapshot),
  });
}

async function merge(
  context: TransformContext,
  { session, directory, deletes }: BatchSession,
  snapshot: Snapshot | undefined,
): Promise<FileChanges | undefined> {
  const { deps, plan, clean } = context;
  const byPeriod = filesByPeriod(snapshot);
  const touched = await touchedPeriods(context, session, join(directory, 'all'), byPeriod);
  const old = filesOf(byPeriod, touched);
  const local = await fetchFiles(context, clean, old, join(directory, 'clean'));
  await loadTombstones(context, session, join(directory, 'tombstones'), touched);
  await executeAll(context, session, [tableRowsViewSql(plan, local), mergedTableSql(plan)]);
  const { files: add, rowsPaths } = await writePartitions(deps, {
    table: clean,
    name: 'clean',
    session,
    directory,
    partitions: await readPeriods<PartitionRows>(session, periodsSql(plan, 'merged')),
    rows: { table: 'merged', values: cleanValues(plan) },
    columns: cleanColumns(plan),
    live: new Set(old.map(({ path }) => path)),
  });
  context.written = { files: add, rowsPaths };
  const replaced = old.map(({ path }) => path);
  // A batch that holds deletes commits even if it changes nothing: a concurrent one must see them and merge again.
  return remembersDeletes(plan) && deletes > 0
    ? replaceFiles(add, replaced)
    : changesOf(snapshot, add, replaced);
}

/**
 * Periods of the batch's rows. When the key does not contain the event time, a row may also replace one of another
 * period, and the whole table has to be looked at.
 */
async function touchedPeriods(
  context: TransformContext,
  session: QuerySession,
  directory: string,
  byPeriod: ReturnType<typeof filesByPeriod>,
): Promise<readonly Period[]> {
  const { plan, deps, clean } = context;
  const periods = new Set((await readPeriods(session, batchPeriodsSql(plan))).map(({ period }) => period));
  if (!plan.key.includes(plan.eventTime) && byPeriod.size > 0) {
    const local = await fetchFiles(context, clean, [...byPeriod.values()].flat(), directory);
    await session.execute(tableRowsViewSql(plan, local), deps.signal());
    for (const { period } of await readPeriods(session, replacedPeriodsSql(plan))) periods.add(period);
  }
  return [...periods].sort();
}
