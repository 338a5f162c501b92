import type { JsonValue } from '../domain/canonical-json';
import type { PipelinePlan } from '../domain/plan';
import { columnDefinition } from './column-types';
import { identifiers, indent, text } from './quote';
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

type Tree = Readonly<Record<string, JsonValue>>;

/** Table functions that make rows out of nothing but their arguments. */
const HARMLESS_TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series']);
/** Functions that look at the process, its files or its settings. */
const REFUSED_FUNCTIONS =
  /^(?:getenv|getvariable|current_setting|read_.*|glob|query|query_table|pg_.*|duckdb_.*|sniff_csv|parquet_.*|which_secret|current_database|current_schema|version)$/;

/**
 * Why a query may not run, whatever the engine would allow: it is one SELECT over the batch and over what it names
 * itself, with repeatable functions.
 *
 * @param serialized what `json_serialize_sql` says of the query
 * @param volatile names of functions that give another result each time, lower-case
 */
export function queryProblem(serialized: string, volatile: ReadonlySet<string>): string | undefined {
  const parsed = JSON.parse(serialized) as {
    readonly error: boolean;
    readonly error_message?: string;
    readonly statements?: readonly JsonValue[];
  };
  if (parsed.error) return `it is no SELECT: ${parsed.error_message ?? 'it does not parse'}`;
  const statements = parsed.statements ?? [];
  if (statements.length !== 1) return 'it is more than one statement';
  const tables = new Set([BATCH, ...commonTables(statements[0] ?? null)]);
  return problemIn(statements[0] ?? null, { tables, volatile });
}

interface Scope {
  readonly tables: ReadonlySet<string>;
  readonly volatile: ReadonlySet<string>;
}

function problemIn(node: JsonValue, scope: Scope): string | undefined {
  for (const child of children(node)) {
    const problem = (isTree(child) ? problemOf(child, scope) : undefined) ?? problemIn(child, scope);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOf(node: Tree, { tables, volatile }: Scope): string | undefined {
  const kind = node['type'];
  if (kind === 'BASE_TABLE') {
    const name = nameOf(node['table_name']);
    const isQualified = Boolean(node['schema_name']) || Boolean(node['catalog_name']);
    return tables.has(name) && !isQualified ? undefined : `it reads ${name}: only {object} can be read`;
  }
  if (kind === 'TABLE_FUNCTION') {
    const called = node['function'];
    const name = nameOf(isTree(called) ? called['function_name'] : undefined);
    return HARMLESS_TABLE_FUNCTIONS.has(name) ? undefined : `${name}() cannot be used`;
  }
  if (kind === 'SHOW_REF') return 'it is no SELECT';
  const called = node['function_name'];
  if (typeof called !== 'string') return undefined;
  const name = called.toLowerCase();
  return volatile.has(name) || REFUSED_FUNCTIONS.test(name) ? `${name}() cannot be used` : undefined;
}

function nameOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.toLowerCase() : '?';
}

/** Names that the query defines itself by WITH. */
function commonTables(node: JsonValue): readonly string[] {
  const own: string[] = [];
  const map = isTree(node) && isTree(node['cte_map']) ? node['cte_map']['map'] : undefined;
  for (const entry of Array.isArray(map) ? (map as readonly JsonValue[]) : []) {
    if (isTree(entry) && typeof entry['key'] === 'string') own.push(entry['key'].toLowerCase());
  }
  return [...own, ...children(node).flatMap(commonTables)];
}

function children(node: JsonValue): readonly JsonValue[] {
  if (Array.isArray(node)) return node as readonly JsonValue[];
  return isTree(node) ? Object.values(node) : [];
}

function isTree(value: JsonValue | undefined): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The query's own syntax tree as JSON text; the engine parses, nothing runs. */
export function queryTreeSql(rule: Pick<SqlRule, 'query'>): string {
  return `SELECT CAST(json_serialize_sql(${text(querySql(rule))}) AS VARCHAR) AS tree`;
}

/** Functions of the clock, of chance and of the session. */
export const VOLATILE_FUNCTIONS_SQL = `SELECT DISTINCT lower(function_name) AS name
FROM duckdb_functions()
WHERE function_type = 'pragma' OR (function_type = 'scalar' AND stability <> 'CONSISTENT')
ORDER BY name`;
