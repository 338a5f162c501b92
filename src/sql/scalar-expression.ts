import type { JsonValue } from '../domain/canonical-json';
import { asList, functionOf, isTree, type Tree } from './syntax-tree';

/** Parts of a syntax tree that a value of one row is made of (DuckDB's expression classes). */
const ALLOWED_CLASSES: ReadonlySet<string> = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLLATE',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'FUNCTION',
  'OPERATOR',
]);

const REFUSED_CLASSES: Readonly<Record<string, string>> = {
  SUBQUERY: 'subqueries',
  WINDOW: 'window functions',
  STAR: '*',
  LAMBDA: 'lambdas',
  PARAMETER: 'parameters',
  POSITIONAL_REFERENCE: 'positional references',
};

/** Macros and session functions that the function list calls repeatable but that look beyond the row. */
const REFUSED_NAMES: ReadonlySet<string> = new Set([
  'age',
  'ago',
  'current_setting',
  'current_user',
  'session_user',
  'user',
  'current_role',
  'current_catalog',
  'current_localtime',
  'current_localtimestamp',
  'getvariable',
  'pg_sleep',
  'regexp_split_to_table',
  'generate_subscripts',
  'unnest',
]);

/** What the engine's parser says about `SELECT <expression>`. */
interface Serialized {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly { readonly node: Tree }[];
}

export interface ExpressionScope {
  /** Names of the plan's columns, lower-case. */
  readonly columns: ReadonlySet<string>;
  /** Names of functions, lower-case; see `REFUSED_FUNCTIONS_SQL`. */
  readonly refusedFunctions: ReadonlySet<string>;
}

/**
 * Says why a text is not one scalar expression over one row; undefined = it is.
 *
 * @param serialized the syntax tree, see `syntaxTreeSql`
 */
export function scalarExpressionProblem(serialized: string, scope: ExpressionScope): string | undefined {
  const parsed = JSON.parse(serialized) as Serialized;
  if (parsed.error) return `it does not parse: ${parsed.error_message ?? 'unknown reason'}`;
  const [statement, ...others] = parsed.statements ?? [];
  if (!statement || others.length > 0) return 'it has more than one statement';
  const values = asList(statement.node['select_list']);
  if (!isBareSelect(statement.node) || values.length !== 1) return 'it is more than one value';
  const [value] = values;
  if (isTree(value) && value['alias'] !== '') return 'it renames its value with AS';
  return problemIn(value ?? null, scope);
}

/** Nothing but the select list: no FROM, WHERE, GROUP BY, ORDER BY, LIMIT, WITH, UNION. */
function isBareSelect(node: Tree): boolean {
  const from = node['from_table'];
  return (
    node['type'] === 'SELECT_NODE' &&
    isTree(from) &&
    from['type'] === 'EMPTY' &&
    asList(node['modifiers']).length === 0 &&
    asList(node['group_expressions']).length === 0 &&
    ['where_clause', 'having', 'qualify', 'sample'].every((clause) => (node[clause] ?? null) === null) &&
    isEmptyMap(node['cte_map'])
  );
}

function isEmptyMap(value: JsonValue | undefined): boolean {
  return !isTree(value) || asList(value['map']).length === 0;
}

function problemIn(value: JsonValue, scope: ExpressionScope): string | undefined {
  if (Array.isArray(value)) {
    return firstOf(value as readonly JsonValue[], (item) => problemIn(item, scope));
  }
  if (!isTree(value)) return undefined;
  return problemOf(value, scope) ?? firstOf(Object.values(value), (item) => problemIn(item, scope));
}

function problemOf(node: Tree, scope: ExpressionScope): string | undefined {
  const kind = node['class'];
  if (typeof kind !== 'string') return undefined;
  if (!ALLOWED_CLASSES.has(kind)) return `${REFUSED_CLASSES[kind] ?? kind} cannot be used`;
  if (kind === 'COLUMN_REF') return columnProblem(asList(node['column_names']), scope);
  const name = functionOf(node);
  if (name === undefined) return undefined;
  const isRefused = scope.refusedFunctions.has(name) || REFUSED_NAMES.has(name) || name.startsWith('pg_');
  return isRefused ? `${name}() is not a repeatable function of one row` : undefined;
}

/** The parser takes `current_date` and its like for columns; they are functions of the clock. */
function columnProblem(names: readonly JsonValue[], scope: ExpressionScope): string | undefined {
  const [name] = names;
  if (names.length !== 1 || typeof name !== 'string') return 'columns are named without a table';
  return scope.columns.has(name.toLowerCase()) ? undefined : `${name} is no column of the pipeline`;
}

function firstOf(
  values: readonly JsonValue[],
  find: (value: JsonValue) => string | undefined,
): string | undefined {
  for (const value of values) {
    const problem = find(value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
