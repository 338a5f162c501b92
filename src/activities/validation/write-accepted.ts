import type { PipelinePlan } from '../../domain/plan';
import { concatParquet } from '../../lake/parquet/concat';
import type { QuerySession } from '../../ports/query-engine';
import { IS_AS_TYPED_SQL } from '../../sql/plain-rows';
import { typedRecords, type StagedObject } from '../../sql/staged-object';
import { copyAcceptedSql } from '../../sql/validate';

/**
 * Writes the accepted rows into one file, in the order in which they came. Often they are just the plain ones that are
 * typed already: then their files are put together without a look inside.
 */
export async function writeAccepted(
  session: QuerySession,
  plan: PipelinePlan,
  staged: readonly StagedObject[],
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const typed = typedRecords(staged).filter(({ typedRows }) => typedRows > 0);
  if (typed.length > 0) {
    const [row] = await session.rows(IS_AS_TYPED_SQL);
    if (row?.['isAsTyped'] === true)
      return concatParquet(
        typed.map(({ typedPath }) => typedPath),
        path,
        signal,
      );
  }
  await session.execute(copyAcceptedSql(plan, path), signal);
}
