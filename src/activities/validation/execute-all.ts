import type { QuerySession } from '../../ports/query-engine';
import type { StageDependencies } from '../stage-dependencies';

/** Runs statements one after the other, and says how far it got. */
export async function executeAll(
  deps: Pick<StageDependencies, 'progress' | 'signal'>,
  session: Pick<QuerySession, 'execute'>,
  statements: readonly string[],
): Promise<void> {
  for (const [index, statement] of statements.entries()) {
    deps.progress({ stage: 'validate', step: index + 1, of: statements.length });
    await session.execute(statement, deps.signal());
  }
}
