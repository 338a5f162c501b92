import type { CommitResult } from '../../lake/delta/commit';
import { readSnapshot } from '../../lake/delta/log';
import { tableVersion } from '../../lake/delta/table-version';
import { acceptedCountsSql } from '../../sql/clean';
import { withSession, type TransformContext } from './transform-context';

export interface ReplacedRows {
  readonly replacedInBatch: number;
  readonly replacedInTable: number;
}

/**
 * How many rows gave way to others of the same key. It follows from counts: of the batch, and of the table before and
 * after; so an attempt that finds the commit of an earlier one comes to the same numbers.
 */
export async function countReplaced(context: TransformContext, clean: CommitResult): Promise<ReplacedRows> {
  const { plan, acceptedPath } = context;
  const { accepted, distinct } = await withSession(context, async (session) => {
    const [row] = await session.rows(acceptedCountsSql(plan, acceptedPath));
    return row as unknown as AcceptedCounts;
  });
  const before = await rowsBefore(context, clean);
  return {
    replacedInBatch: accepted - distinct,
    replacedInTable: before + distinct - tableVersion(clean.snapshot).rows,
  };
}

interface AcceptedCounts {
  readonly accepted: number;
  readonly distinct: number;
}

/** Without a commit of its own the batch changed nothing: the table was before what it is now. */
async function rowsBefore(
  { deps, clean: table, transactionId }: TransformContext,
  { version, snapshot }: CommitResult,
): Promise<number> {
  const isOurs = snapshot.transactionCommits.get(transactionId) === version;
  const before = isOurs ? await readBefore() : snapshot;
  return before ? tableVersion(before).rows : 0;

  async function readBefore(): Promise<CommitResult['snapshot'] | undefined> {
    return version === 0 ? undefined : readSnapshot(deps.store, table, version - 1);
  }
}
