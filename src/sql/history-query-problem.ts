import { HISTORY, SORTED_AGGREGATES } from './history-query';
import { readOnlyProblem, readQuery } from './read-only-query';
import { asList, functionOf, isTree, nameOf, nodesOf, type Tree } from './syntax-tree';

export interface HistoryQueryScope {
  /** Names of functions that give another result each time, lower-case. */
  readonly volatile: ReadonlySet<string>;
  /** Names of all aggregate functions, lower-case. */
  readonly aggregates: ReadonlySet<string>;
}

/** Aggregates whose result does not depend on the order of the rows, besides those over sorted values. */
const ORDERLESS_AGGREGATES: ReadonlySet<string> = new Set([
  'bit_and',
  'bit_or',
  'bit_xor',
  'bool_and',
  'bool_or',
  'count',
  'count_if',
  'count_star',
  'countif',
  'mad',
  'max',
  'median',
  'min',
  'quantile',
  'quantile_cont',
  'quantile_disc',
]);

/** The relation of visible rows inside a compiled query; no query can name it, since it holds a `$`. */
export const VISIBLE = '$visible';

/**
 * Why a query over `history` cannot be a window; undefined = it can. It gives one number whatever rows there are, reads
 * nothing else, and its result does not depend on the order in which rows are read.
 *
 * @param sql the query
 * @param serialized what `json_serialize_sql` says of it
 */
export function historyQueryProblem(
  sql: string,
  serialized: string,
  scope: HistoryQueryScope,
): string | undefined {
  if (sql.includes('$')) return 'it contains a "$"';
  const query = readQuery(serialized);
  if ('problem' in query) return query.problem;
  const { statement } = query;
  return (
    readOnlyProblem(statement, { ...scope, relation: HISTORY, relationSaid: HISTORY }) ??
    firstProblem(nodesOf(statement), (node) => unorderedProblem(node, scope)) ??
    oneValueProblem(statement['node'], scope)
  );
}

/**
 * Whether a compiled query is what it should be: it reads the visible rows where the query read `history`, and adds up
 * sorted values alone.
 *
 * @param serialized what `json_serialize_sql` says of the query itself, without problems
 * @param compiled the same of the query that it was compiled to
 */
export function isCompiledWell(serialized: string, compiled: string): boolean {
  const [before, after] = [serialized, compiled].map((text) => {
    const query = readQuery(text);
    return 'statement' in query ? nodesOf(query.statement) : [];
  });
  const reads = (nodes: readonly Tree[] = [], name: string): number =>
    nodes.filter((node) => node['type'] === 'BASE_TABLE' && nameOf(node['table_name']) === name).length;
  return (
    reads(before, HISTORY) > 0 &&
    reads(after, VISIBLE) === reads(before, HISTORY) &&
    reads(after, HISTORY) === 0 &&
    after?.every((node) => !((functionOf(node) ?? '') in SORTED_AGGREGATES)) === true
  );
}

/** Node types whose result depends on an order, and what their author calls them. */
const ORDERED_NODES: Readonly<Record<string, string>> = {
  LIMIT_MODIFIER: 'LIMIT',
  LIMIT_PERCENT_MODIFIER: 'LIMIT',
  PIVOT: 'PIVOT',
  RECURSIVE_CTE_NODE: 'WITH RECURSIVE',
};

function unorderedProblem(node: Tree, { aggregates }: HistoryQueryScope): string | undefined {
  const kind = nameOf(node['type']).toUpperCase();
  const ordered = ORDERED_NODES[kind];
  if (ordered !== undefined) return `${ordered} cannot be used`;
  if (node['class'] === 'WINDOW') return 'window functions cannot be used';
  if (node['class'] === 'STAR') return '* cannot be used: name the columns';
  if (asList(node['distinct_on_targets']).length > 0) return 'DISTINCT ON cannot be used';
  if (isTree(node['sample'])) return 'samples cannot be used';
  if (isTree(node['qualify'])) return 'QUALIFY cannot be used';
  if (kind === 'JOIN' && ['ASOF', 'NATURAL', 'POSITIONAL'].includes(nameOf(node['ref_type']).toUpperCase()))
    return `${nameOf(node['ref_type']).toUpperCase()} JOIN cannot be used`;
  if (isTree(node['cte_map']) && asList(node['cte_map']['map']).length > 0)
    return 'WITH cannot be used: write a subquery in FROM';
  const name = functionOf(node);
  if (name === undefined || !aggregates.has(name)) return undefined;
  if (isTree(node['order_bys']) && asList(node['order_bys']['orders']).length > 0)
    return `${name}(… ORDER BY …) cannot be used`;
  return ORDERLESS_AGGREGATES.has(name) || name in SORTED_AGGREGATES
    ? undefined
    : `${name}() can depend on the order of the rows`;
}

/** A SELECT that aggregates all of its rows has one row; scalar subqueries must be such, too. */
function oneValueProblem(select: Tree[string] | undefined, scope: HistoryQueryScope): string | undefined {
  if (!isTree(select) || select['type'] !== 'SELECT_NODE') return 'it is no plain SELECT';
  const [value, ...others] = asList(select['select_list']);
  if (value === undefined || others.length > 0) return 'it selects more than one value';
  const isGrouped =
    asList(select['group_expressions']).length > 0 || select['aggregate_handling'] !== 'STANDARD_HANDLING';
  if (isGrouped) return 'it can give more than one row: leave GROUP BY out, or aggregate over it';
  if (isTree(select['having'])) return 'it can give no row: leave HAVING out';
  if (!hasAggregate(value, scope))
    return 'it can give more than one row: select an aggregate, such as count(*)';
  const scalars = nodesOf(select).filter((node) => node['subquery_type'] === 'SCALAR');
  return firstProblem(scalars, ({ subquery }) => {
    const problem = oneValueProblem(isTree(subquery) ? subquery['node'] : undefined, scope);
    return problem === undefined ? undefined : `of a subquery: ${problem}`;
  });
}

/** In this SELECT itself, not in its subqueries. */
function hasAggregate(node: Tree[string] | undefined, scope: HistoryQueryScope): boolean {
  if (Array.isArray(node)) return (node as readonly Tree[string][]).some((item) => hasAggregate(item, scope));
  if (!isTree(node) || node['class'] === 'SUBQUERY') return false;
  return scope.aggregates.has(functionOf(node) ?? '') || hasAggregate(Object.values(node), scope);
}

function firstProblem(
  nodes: readonly Tree[],
  problemOf: (node: Tree) => string | undefined,
): string | undefined {
  for (const node of nodes) {
    const problem = problemOf(node);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Names of all functions that make one value of many. */
export const AGGREGATE_FUNCTIONS_SQL = `SELECT DISTINCT lower(function_name) AS name
FROM duckdb_functions() WHERE function_type = 'aggregate' ORDER BY name`;
