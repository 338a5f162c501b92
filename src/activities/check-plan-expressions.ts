import type { PipelinePlan } from '../domain/plan';
import { bindHistoryQueries, checkHistoryQueries } from './check-history-queries';
import { PermanentFailure } from '../ports/failures';
import type { QuerySession } from '../ports/query-engine';
import {
  bindSql,
  emptyRowTableSql,
  planExpressions,
  REFUSED_FUNCTIONS_SQL,
  syntaxTreeSql,
  typeProblem,
  type PlanExpression,
} from '../sql/check-expressions';
import { scalarExpressionProblem, type ExpressionScope } from '../sql/scalar-expression';

/**
 * Checks every SQL expression of a plan before any row is read: it is one scalar expression over one row, of known
 * columns and repeatable functions, and it has the type that its place needs.
 *
 * @param session any session; the table `source_row` must not exist in it
 * @throws PermanentFailure InvalidPlan that names the feature and says what is wrong.
 */
export async function checkPlanExpressions(
  session: Pick<QuerySession, 'execute' | 'rows'>,
  plan: PipelinePlan,
): Promise<void> {
  const rows = await session.rows(REFUSED_FUNCTIONS_SQL);
  const scope: ExpressionScope = {
    columns: new Set(plan.columns.map(({ name }) => name.toLowerCase())),
    refusedFunctions: new Set(rows.map(({ name }) => name as string)),
  };
  await session.execute(emptyRowTableSql(plan));
  for (const item of planExpressions(plan)) {
    const problem = (await shapeProblem(session, item, scope)) ?? (await bindProblem(session, item));
    if (problem === undefined) continue;
    throw new PermanentFailure('InvalidPlan', `SQL expression cannot be used: ${problem}`, {
      pipeline: plan.pipeline,
      at: item.where,
      sql: item.sql,
    });
  }
  await checkHistoryQueries(session, plan);
  await bindHistoryQueries(session, plan);
}

async function shapeProblem(
  session: Pick<QuerySession, 'rows'>,
  { sql }: PlanExpression,
  scope: ExpressionScope,
): Promise<string | undefined> {
  const [row] = await session.rows(syntaxTreeSql(sql));
  return scalarExpressionProblem(row?.['tree'] as string, scope);
}

async function bindProblem(
  session: Pick<QuerySession, 'rows'>,
  item: PlanExpression,
): Promise<string | undefined> {
  try {
    const [row] = await session.rows(bindSql(item));
    return typeProblem(item, row?.['type'] as string);
  } catch (error) {
    if (error instanceof PermanentFailure) return error.message.replace(/\n\nLINE [\s\S]*$/, '');
    throw error;
  }
}
