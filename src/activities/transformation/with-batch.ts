import { batchCountsSql, batchTableSql } from '../../sql/clean';
import type { QuerySession } from '../../ports/query-engine';
import { withSession, type TransformContext } from './transform-context';

/** A session that holds the batch's newest row of each key as the table `batch`. */
export interface BatchSession {
  readonly session: QuerySession;
  readonly directory: string;
  /** Accepted rows. */
  readonly accepted: number;
  /** Keys among them. */
  readonly keys: number;
  /** Keys whose newest row in the batch is a delete. */
  readonly deletes: number;
}

export function withBatch<T>(
  context: TransformContext,
  work: (batch: BatchSession) => Promise<T>,
): Promise<T> {
  const { deps, plan, acceptedPath } = context;
  return withSession(context, async (session, directory) => {
    await session.execute(batchTableSql(plan, acceptedPath), deps.signal());
    const [row] = await session.rows(batchCountsSql(acceptedPath));
    const counts = row as unknown as Pick<BatchSession, 'accepted' | 'keys' | 'deletes'>;
    return work({ session, directory, ...counts });
  });
}
