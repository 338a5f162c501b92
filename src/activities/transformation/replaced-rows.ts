import type { CommitResult } from '../../lake/delta/commit';
import { readSnapshot } from '../../lake/delta/log';
import { tableVersion } from '../../lake/delta/table-version';
import type { TransformContext } from './transform-context';

export interface BatchCounts {
  /** Accepted rows. */
  readonly accepted: number;
  /** Keys among them. */
  readonly keys: number;
  /** Keys whose newest row in the batch is a delete. */
  readonly deletes: number;
}

export interface ReplacedRows {
  readonly replacedInBatch: number;
  readonly replacedInTable: number;
}

/**
 * How many rows gave way to others of the same key. It follows from counts: of the batch, and of the table before and
 * after; so an attempt that finds the commit of an earlier one comes to the same numbers.
 */
export async function countReplaced(
  context: TransformContext,
  { accepted, keys, deletes }: BatchCounts,
  clean: CommitResult,
): Promise<ReplacedRows> {
  const before = await rowsBefore(context, clean);
  return {
    replacedInBatch: accepted - keys,
    replacedInTable: before + (keys - deletes) - tableVersion(clean.snapshot).rows,
  };
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
