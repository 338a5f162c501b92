import type { PipelinePlan } from '../domain/plan';
import { columnDefinition } from './column-types';
import { identifiers, indent, text } from './quote';
import { readOnlyProblem, readQuery, statementTreeSql } from './read-only-query';
import type { SqlRule } from './rule-types';
import { LINE, OBJECT } from './staging-names';

/** What `{object}` stands for in a query. */
const BATCH = 'batch';

/** The batch as queries see it: typed values, and the place of each row. */
export function copyBatchSql(plan: PipelinePlan, path: string): string {
  const columns = identifiers(plan.columns.map(({ name }) => name));
  return `COPY (SELECT ${columns}, ${OBJECT}, ${LINE} FROM parsed) TO ${text(path)} (FORMAT parquet)`;
}

export function batchViewSql(path: string): string {
  return `CREATE VIEW ${BATCH} AS SELECT * FROM read_parquet(${text(path)})`;
}

/** An empty batch, to try queries on. */
export function emptyBatchSql(plan: PipelinePlan): string {
  const columns = plan.columns.map(columnDefinition);
  return `CREATE TABLE ${BATCH} (\n  ${indent([...columns, `${OBJECT} INTEGER`, `${LINE} BIGINT`])}\n)`;
}

/** The query over `batch`. */
export function querySql({ query }: Pick<SqlRule, 'query'>): string {
  return query.replaceAll('{object}', BATCH);
}

export function describeSql(rule: Pick<SqlRule, 'query'>): string {
  return `SELECT column_name AS name, column_type AS type FROM (DESCRIBE ${querySql(rule)})`;
}

/** `rows`: the result says which rows of the batch break the rule; `number`: it is one value. */
export type QueryShape = 'rows' | 'number';

export function shapeOf(columns: readonly { readonly name: string }[]): QueryShape | undefined {
  const names = new Set(columns.map(({ name }) => name));
  if (names.has('$object') && names.has('$line')) return 'rows';
  return columns.length === 1 ? 'number' : undefined;
}

export function copyFailingSql(rule: SqlRule, path: string): string {
  return `COPY (SELECT DISTINCT ${OBJECT}, ${LINE} FROM (\n${querySql(rule)}\n)) TO ${text(path)} (FORMAT parquet)`;
}

export function copyNumberSql(rule: SqlRule, path: string): string {
  return `COPY (SELECT CAST(COLUMNS(*) AS DOUBLE) AS observed FROM (\n${querySql(rule)}\n)) TO ${text(path)} (FORMAT parquet)`;
}

export function readNumberSql(path: string): string {
  return `SELECT observed FROM read_parquet(${text(path)}) LIMIT 2`;
}

/**
 * Why a query may not run: it is one SELECT over the batch and over what it names itself, with repeatable functions.
 *
 * @param serialized what `json_serialize_sql` says of the query
 * @param volatile names of functions that give another result each time, lower-case
 */
export function queryProblem(serialized: string, volatile: ReadonlySet<string>): string | undefined {
  const query = readQuery(serialized);
  if ('problem' in query) return query.problem;
  return readOnlyProblem(query.statement, { relation: BATCH, relationSaid: '{object}', volatile });
}

/** The query's own syntax tree as JSON text; the engine parses, nothing runs. */
export function queryTreeSql(rule: Pick<SqlRule, 'query'>): string {
  return statementTreeSql(querySql(rule));
}
