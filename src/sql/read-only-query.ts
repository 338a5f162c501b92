import type { JsonValue } from '../domain/canonical-json';
import { text } from './quote';
import { asList, children, functionOf, isTree, nameOf, type Tree } from './syntax-tree';

/** Table functions that make rows out of nothing but their arguments. */
const HARMLESS_TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series']);
/** Functions that look at the process, its files or its settings. */
const REFUSED_FUNCTIONS =
  /^(?:getenv|getvariable|current_setting|read_.*|glob|query|query_table|pg_.*|duckdb_.*|sniff_csv|parquet_.*|which_secret|current_database|current_schema|version)$/;

/** The syntax tree of a statement as JSON text; the engine parses, nothing runs. */
export function statementTreeSql(sql: string): string {
  return `SELECT CAST(json_serialize_sql(${text(sql)}) AS VARCHAR) AS tree`;
}

/** Functions of the clock, of chance and of the session. */
export const VOLATILE_FUNCTIONS_SQL = `SELECT DISTINCT lower(function_name) AS name
FROM duckdb_functions()
WHERE function_type = 'pragma' OR (function_type = 'scalar' AND stability <> 'CONSISTENT')
ORDER BY name`;

export interface QueryScope {
  /** The one relation that a query may read, lower-case. */
  readonly relation: string;
  /** What the author of the query calls it. */
  readonly relationSaid: string;
  /** Names of functions that give another result each time, lower-case. */
  readonly volatile: ReadonlySet<string>;
}

/** A query that the engine's parser has read: its one statement, or why it is none. */
export type ReadQuery = { readonly statement: Tree } | { readonly problem: string };

/** @param serialized what `json_serialize_sql` says of the query */
export function readQuery(serialized: string): ReadQuery {
  const parsed = JSON.parse(serialized) as {
    readonly error: boolean;
    readonly error_message?: string;
    readonly statements?: readonly JsonValue[];
  };
  if (parsed.error) return { problem: `it is no SELECT: ${parsed.error_message ?? 'it does not parse'}` };
  const [statement, ...others] = parsed.statements ?? [];
  return isTree(statement) && others.length === 0
    ? { statement }
    : { problem: 'it is more than one statement' };
}

/**
 * Why a query may not run, whatever the engine would allow: it reads nothing but the relation and what it names
 * itself, with repeatable functions.
 */
export function readOnlyProblem(statement: Tree, scope: QueryScope): string | undefined {
  const tables = new Set([scope.relation, ...commonTables(statement)]);
  return problemIn(statement, { ...scope, tables });
}

interface TableScope extends QueryScope {
  readonly tables: ReadonlySet<string>;
}

function problemIn(node: JsonValue, scope: TableScope): string | undefined {
  for (const child of children(node)) {
    const problem = (isTree(child) ? problemOf(child, scope) : undefined) ?? problemIn(child, scope);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOf(node: Tree, { tables, relationSaid, volatile }: TableScope): string | undefined {
  const kind = node['type'];
  if (kind === 'BASE_TABLE') {
    const name = nameOf(node['table_name']);
    const isQualified = Boolean(node['schema_name']) || Boolean(node['catalog_name']);
    return tables.has(name) && !isQualified
      ? undefined
      : `it reads ${name}: only ${relationSaid} can be read`;
  }
  if (kind === 'TABLE_FUNCTION') {
    const called = node['function'];
    const name = nameOf(isTree(called) ? called['function_name'] : undefined);
    return HARMLESS_TABLE_FUNCTIONS.has(name) ? undefined : `${name}() cannot be used`;
  }
  if (kind === 'SHOW_REF') return 'it is no SELECT';
  const name = functionOf(node);
  if (name === undefined) return undefined;
  return volatile.has(name) || REFUSED_FUNCTIONS.test(name) ? `${name}() cannot be used` : undefined;
}

/** Names that the query defines itself by WITH. */
function commonTables(node: JsonValue): readonly string[] {
  const own: string[] = [];
  const map = isTree(node) && isTree(node['cte_map']) ? node['cte_map']['map'] : undefined;
  for (const entry of asList(map)) {
    if (isTree(entry) && typeof entry['key'] === 'string') own.push(entry['key'].toLowerCase());
  }
  return [...own, ...children(node).flatMap(commonTables)];
}
