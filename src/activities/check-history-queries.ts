import type { PipelinePlan, QueryWindowPlan } from '../domain/plan';
import { PermanentFailure } from '../ports/failures';
import type { QuerySession } from '../ports/query-engine';
import { typeProblem } from '../sql/check-expressions';
import { AGGREGATE_FUNCTIONS_SQL, historyQueryProblem, isCompiledWell } from '../sql/history-query-problem';
import { emptyHistorySql, historyQueryForms, isQueryWindow } from '../sql/query-windows';
import { statementTreeSql, VOLATILE_FUNCTIONS_SQL } from '../sql/read-only-query';

/**
 * Reads the windows' own queries before they run, whoever wrote the plan: each is one SELECT of one number over
 * `history`, which can reach nothing else.
 *
 * @throws PermanentFailure InvalidPlan that names the window and says what is wrong
 */
export async function checkHistoryQueries(
  session: Pick<QuerySession, 'rows'>,
  { pipeline, windows }: Pick<PipelinePlan, 'pipeline' | 'windows'>,
): Promise<void> {
  const queries = windows.filter(isQueryWindow);
  if (queries.length === 0) return;
  const names = async (sql: string): Promise<ReadonlySet<string>> =>
    new Set((await session.rows(sql)).map(({ name }) => name as string));
  const scope = {
    volatile: await names(VOLATILE_FUNCTIONS_SQL),
    aggregates: await names(AGGREGATE_FUNCTIONS_SQL),
  };
  for (const window of queries) {
    const { written, compiled } = historyQueryForms(window);
    const tree = await treeOf(session, written);
    const problem =
      historyQueryProblem(window.sql, tree, scope) ??
      (isCompiledWell(tree, await treeOf(session, compiled)) ? undefined : NOT_UNDERSTOOD);
    if (problem !== undefined) throw refused(pipeline, window, problem);
  }
}

const NOT_UNDERSTOOD = 'it must read history as FROM history or JOIN history, and write aggregates as sum(…)';

/**
 * Tries the queries on a history without rows: names and types. Creates tables in the session.
 *
 * @throws PermanentFailure as `checkHistoryQueries` does
 */
export async function bindHistoryQueries(
  session: Pick<QuerySession, 'rows' | 'execute'>,
  plan: PipelinePlan,
): Promise<void> {
  for (const window of plan.windows.filter(isQueryWindow)) {
    for (const statement of emptyHistorySql(plan)) await session.execute(statement);
    for (const query of Object.values(historyQueryForms(window))) {
      const problem = await bindProblem(session, query);
      if (problem !== undefined) throw refused(plan.pipeline, window, problem);
    }
  }
}

async function bindProblem(session: Pick<QuerySession, 'rows'>, query: string): Promise<string | undefined> {
  try {
    const [row] = await session.rows(`SELECT column_type AS type FROM (DESCRIBE ${query})`);
    return typeProblem({ isNumeric: true }, row?.['type'] as string);
  } catch (error) {
    if (error instanceof PermanentFailure) return error.message.replace(/\n\nLINE [\s\S]*$/, '');
    throw error;
  }
}

async function treeOf(session: Pick<QuerySession, 'rows'>, sql: string): Promise<string> {
  const [row] = await session.rows(statementTreeSql(sql));
  return row?.['tree'] as string;
}

function refused(pipeline: string, { name, sql }: QueryWindowPlan, problem: string): PermanentFailure {
  return new PermanentFailure('InvalidPlan', `SQL query cannot be used: ${problem}`, {
    pipeline,
    at: `window ${name}`,
    sql,
  });
}
