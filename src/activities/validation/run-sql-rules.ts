import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipelinePlan } from '../../domain/plan';
import { PermanentFailure, TransientFailure } from '../../ports/failures';
import type { QuerySession } from '../../ports/query-engine';
import type { RuleSet, SqlRule } from '../../sql/rule-types';
import { VOLATILE_FUNCTIONS_SQL } from '../../sql/read-only-query';
import {
  batchViewSql,
  copyBatchSql,
  copyFailingSql,
  copyNumberSql,
  describeSql,
  queryProblem,
  queryTreeSql,
  readNumberSql,
  shapeOf,
  type QueryShape,
} from '../../sql/sql-rules';
import type { StageDependencies } from '../stage-dependencies';

/** A rule that takes longer than this is not a check of a batch. */
const SQL_RULE_LIMIT_MS = 120_000;

export type SqlOutcome =
  | { readonly rule: SqlRule; readonly shape: 'rows'; readonly failingPath: string }
  | { readonly rule: SqlRule; readonly shape: 'number'; readonly observed: number | null };

/**
 * Runs a contract's own queries where they can reach nothing: a session of their own over a copy of the batch, with no
 * other file, no network and locked settings, each query read before it runs, and for a limited time.
 *
 * Failures: `PermanentFailure('InvalidPlan')` for a query that may not run; `TransientFailure('EngineFailed')` for one
 * that takes too long; those of the engine.
 */
export async function runSqlRules(
  deps: Pick<StageDependencies, 'engine' | 'engineOptions' | 'signal'>,
  plan: PipelinePlan,
  rules: readonly SqlRule[],
  session: QuerySession,
  directory: string,
): Promise<readonly SqlOutcome[]> {
  if (rules.length === 0) return [];
  const own = join(directory, 'sql-rules');
  await mkdir(own);
  const batchPath = join(own, 'batch.parquet');
  await session.execute(copyBatchSql(plan, batchPath), deps.signal());
  const sandbox = await deps.engine.open({ ...deps.engineOptions, directory: own });
  try {
    await sandbox.execute(batchViewSql(batchPath));
    const outcomes: SqlOutcome[] = [];
    for (const [index, rule] of rules.entries()) {
      outcomes.push(await runOne(deps, sandbox, rule, join(own, `result-${index}.parquet`)));
    }
    return outcomes;
  } finally {
    await sandbox.close();
  }
}

/** Rules that found rows stay rules about rows; the others measure the batch. */
export function applyOutcomes(
  rules: RuleSet,
  outcomes: readonly SqlOutcome[],
): {
  readonly judgedBy: RuleSet;
  readonly found: readonly string[];
  readonly measured: ReadonlyMap<string, number | null>;
} {
  const rows = outcomes.filter((outcome) => outcome.shape === 'rows');
  const numbers = outcomes.filter((outcome) => outcome.shape === 'number');
  return {
    judgedBy: {
      ...rules,
      sqlRules: rows.map(({ rule }) => rule),
      sqlMeasures: numbers.map(({ rule }) => rule),
    },
    found: rows.map(({ failingPath }) => failingPath),
    measured: new Map(numbers.map(({ rule, observed }) => [rule.name, observed])),
  };
}

async function runOne(
  deps: Pick<StageDependencies, 'signal'>,
  sandbox: QuerySession,
  rule: SqlRule,
  path: string,
): Promise<SqlOutcome> {
  const shape = await checkQuery(sandbox, rule);
  const sql = shape === 'rows' ? copyFailingSql(rule, path) : copyNumberSql(rule, path);
  await runLimited(sandbox, sql, rule, deps.signal());
  if (shape === 'rows') return { rule, shape, failingPath: path };
  const rows = await sandbox.rows(readNumberSql(path));
  if (rows.length > 1) throw refused(rule, 'it gives more than one number');
  return { rule, shape, observed: (rows[0]?.['observed'] ?? null) as number | null };
}

/**
 * Reads a query before it runs. The session must have a table or view `batch`.
 *
 * @throws PermanentFailure InvalidPlan that names the rule; InvalidInput when the engine cannot bind the query
 */
export async function checkQuery(
  session: Pick<QuerySession, 'rows'>,
  rule: Pick<SqlRule, 'name' | 'query' | 'onFail' | 'requirement'>,
): Promise<QueryShape> {
  const [tree] = await session.rows(queryTreeSql(rule));
  const volatile = new Set((await session.rows(VOLATILE_FUNCTIONS_SQL)).map(({ name }) => name as string));
  const problem = queryProblem(tree?.['tree'] as string, volatile);
  if (problem !== undefined) throw refused(rule, problem);
  const shape = shapeOf((await session.rows(describeSql(rule))) as unknown as readonly { name: string }[]);
  if (shape === undefined) {
    throw refused(rule, 'it selects neither rows of the batch (SELECT * FROM {object} …) nor one number');
  }
  if (shape === 'number' && rule.onFail === 'quarantine') {
    throw refused(
      rule,
      'one number sets no rows aside: say onFail: block or warn, or SELECT * FROM {object} …',
    );
  }
  return shape;
}

async function runLimited(
  sandbox: QuerySession,
  sql: string,
  rule: SqlRule,
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.timeout(SQL_RULE_LIMIT_MS);
  try {
    await sandbox.execute(sql, AbortSignal.any([signal, limit]));
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    const message = 'SQL rule takes too long: make it simpler';
    throw new TransientFailure('EngineFailed', message, { rule: rule.name, limitMs: SQL_RULE_LIMIT_MS });
  }
}

function refused({ name, query }: Pick<SqlRule, 'name' | 'query'>, problem: string): PermanentFailure {
  const fields = { rule: name, query: query.replace(/\s+/g, ' ') };
  return new PermanentFailure('InvalidPlan', `SQL rule cannot be used: ${problem}`, fields);
}
