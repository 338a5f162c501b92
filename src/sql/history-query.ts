/**
 * A query over `history`, made into one that can stand inside another: `history` becomes the relation that says which
 * rows are visible, and what depends on the order in which floating-point numbers are added up becomes what does not,
 * the same over the sorted values. Words are told from texts and quoted names; that nothing was missed is checked on
 * the syntax tree of the result (history-query-problem.ts).
 *
 * @param visible SQL of the rows that the query sees, without parentheses
 */
export function compiledHistoryQuery(sql: string, visible: string): string {
  return compiled(tokensOf(sql), visible);
}

export const HISTORY = 'history';

/** Aggregates that are computed over the sorted values, and by which aggregate of a list. */
export const SORTED_AGGREGATES: Readonly<Record<string, string>> = {
  sum: 'fsum',
  avg: 'favg',
  mean: 'favg',
  stddev: 'stddev_samp',
  stddev_samp: 'stddev_samp',
  stddev_pop: 'stddev_pop',
  variance: 'var_samp',
  var_samp: 'var_samp',
  var_pop: 'var_pop',
};

/** Text | quoted name | word | number | space | any other character. */
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\s+|[\s\S]/gu;

function tokensOf(sql: string): readonly string[] {
  return sql.match(TOKEN) ?? [];
}

function compiled(tokens: readonly string[], visible: string): string {
  let done = '';
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? '';
    const aggregate = SORTED_AGGREGATES[token.toLowerCase()];
    const call = aggregate === undefined ? undefined : callAt(tokens, at);
    if (aggregate !== undefined && call) {
      done += sortedAggregate(aggregate, call, visible);
      at = call.end;
    } else if (token.toLowerCase() === HISTORY && isRelation(tokens, at)) {
      done += `(${visible})${hasAlias(tokens, at) ? '' : ` AS ${HISTORY}`}`;
    } else done += token;
  }
  return done;
}

interface Call {
  readonly inside: readonly string[];
  /** `FILTER (WHERE …)` without its parentheses. */
  readonly filter?: readonly string[];
  /** Place of its last token. */
  readonly end: number;
}

function callAt(tokens: readonly string[], name: number): Call | undefined {
  const open = next(tokens, name);
  if (tokens[open] !== '(') return undefined;
  const close = closing(tokens, open);
  const inside = tokens.slice(open + 1, close);
  const filter = next(tokens, close);
  if (tokens[filter]?.toLowerCase() !== 'filter') return { inside, end: close };
  const filterOpen = next(tokens, filter);
  const end = closing(tokens, filterOpen);
  return { inside, filter: tokens.slice(filterOpen + 1, end), end };
}

function sortedAggregate(aggregate: string, { inside, filter }: Call, visible: string): string {
  const first = next(inside, -1);
  const isDistinct = inside[first]?.toLowerCase() === 'distinct';
  const value = compiled(isDistinct ? inside.slice(first + 1) : inside, visible).trim();
  const rows = filter === undefined ? '' : ` FILTER (${compiled(filter, visible).trim()})`;
  const values = `list(${isDistinct ? 'DISTINCT ' : ''}CAST(${value} AS DOUBLE))${rows}`;
  return `list_aggregate(list_sort(${values}), '${aggregate}')`;
}

/** Whether the word `history` names what is read, and not a column. */
function isRelation(tokens: readonly string[], at: number): boolean {
  const before = tokens[previous(tokens, at)]?.toLowerCase() ?? '';
  const after = tokens[next(tokens, at)] ?? '';
  return ['from', 'join', ','].includes(before) && after !== '.' && after !== '(';
}

/** Words that can follow a relation without being its alias. */
const NO_ALIAS: ReadonlySet<string> = new Set(
  `anti cross except full group having inner intersect join left natural on order outer right semi union using where
  window qualify limit offset tablesample asof positional`.split(/\s+/),
);

function hasAlias(tokens: readonly string[], at: number): boolean {
  const after = tokens[next(tokens, at)]?.toLowerCase() ?? '';
  return /^["a-z_]/.test(after) && !NO_ALIAS.has(after);
}

function closing(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at] === '(') depth++;
    if (tokens[at] === ')' && --depth === 0) return at;
  }
  return tokens.length;
}

function next(tokens: readonly string[], at: number): number {
  const found = tokens.findIndex((token, index) => index > at && token.trim() !== '');
  return found < 0 ? tokens.length : found;
}

function previous(tokens: readonly string[], at: number): number {
  return tokens.findLastIndex((token, index) => index < at && token.trim() !== '');
}
