import type { AggregateWindowPlan, ColumnPlan, PipelinePlan, WindowPlan } from '../domain/plan';
import { bareColumn } from './bare-column';
import { identifier } from './quote';

/** Both tables are partitioned by the UTC day of the event; these names belong to the folders. */
const PARTITION_COLUMNS: ReadonlySet<string> = new Set(['year', 'month', 'day']);

/**
 * Column name inside table files. A pipeline's own `year`, `month` or `day` gets a `_` at its end there: a Delta table
 * cannot have two columns of one name, and the partition's is the UTC one.
 */
export function storedName(name: string): string {
  return PARTITION_COLUMNS.has(name.toLowerCase()) ? `${name}_` : name;
}

/** The UTC day of a row while SQL works on it; no column of a plan can hold a `$`. */
export const DAY = identifier('$day');

export const EVENT_TIME_COLUMN = '_event_time';
/** The day on which a row's values became known, where the plan says so. */
export const KNOWN_DAY_COLUMN = '_known_day';
/** Copy of a key column in the feature table, where a feature may have the same name but another type. */
export const keyColumn = (name: string): string => `_key_${name}`;
/** Copy of a column that windows go over. */
export const overColumn = (name: string): string => `_over_${name}`;
/** A row's own contribution to a window. Windows to which rows contribute the same share a column. */
export function inputColumn({ windows }: Pick<PipelinePlan, 'windows'>, window: WindowPlan): string {
  const first = windows.find((other) => inputOf(other) === inputOf(window)) ?? window;
  return `_in_${first.name}`;
}

/** The windows with columns of their own, see {@link inputColumn}. */
export function inputWindows({ windows }: Pick<PipelinePlan, 'windows'>): readonly AggregateWindowPlan[] {
  const own = windows.filter((window): window is AggregateWindowPlan => window.aggregate !== 'query');
  return own.filter(
    (window, index) => own.findIndex((other) => inputOf(other) === inputOf(window)) === index,
  );
}

/** For `count` any value weighs one. */
function inputOf({ aggregate, sql }: WindowPlan): string {
  return JSON.stringify([aggregate === 'query' || aggregate === 'count' ? aggregate : 'value', sql]);
}

/**
 * The column of the feature table that holds what windows go over: the copy of the key or a feature where these are just the
 * column's value, else a copy of its own.
 */
export function storedOver(plan: OverSources, name: string): string {
  if (plan.key.includes(name)) return keyColumn(name);
  const isText = plan.columns.some((column) => column.name === name && column.type === 'string');
  const feature = plan.features.find(
    ({ kind, sql }) => kind === 'categorical' && bareColumn(sql) === name.toLowerCase(),
  );
  return isText && feature ? storedName(feature.name) : overColumn(name);
}
type OverSources = Pick<PipelinePlan, 'columns' | 'features' | 'key'>;

/** All columns that windows go over, each once, in the plan's order. */
export function overColumns(plan: Pick<PipelinePlan, 'windows'>): readonly string[] {
  return [...new Set(plan.windows.flatMap(({ over }) => over))];
}

/** Copy of a column that a window's query may read. */
export const historyColumn = (name: string): string => `_history_${name}`;

/** Columns whose name stands in a query over the history, maybe some more; in the plan's order. */
export function historyColumns({
  columns,
  windows,
}: Pick<PipelinePlan, 'columns' | 'windows'>): readonly ColumnPlan[] {
  const queries = windows.flatMap(({ aggregate, sql }) => (aggregate === 'query' ? [sql.toLowerCase()] : []));
  const words = new Set(queries.flatMap((sql) => sql.match(/[a-z0-9_]+/g) ?? []));
  return columns.filter(({ name }) => words.has(name.toLowerCase()));
}
