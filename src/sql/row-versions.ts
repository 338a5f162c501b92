import type { ColumnPlan, PipelinePlan } from '../domain/plan';
import { identifier, indent, textList } from './quote';
import { LINE, OBJECT } from './staging-names';

/** Marks rows that delete; no column of a plan can hold a `$`. */
export const DELETED = identifier('$deleted');

/** Whether a row deletes the row of its key. */
export function isDelete({ delete: marked }: Pick<PipelinePlan, 'delete'>): string {
  if (!marked) return 'false';
  return `coalesce(CAST(${identifier(marked.column)} AS VARCHAR) IN ${textList(marked.values)}, false)`;
}

/** Within one batch: of rows with one key the newest first. Without a declared order the later file and line wins. */
export function newestInBatch(plan: PipelinePlan): string {
  return plan.newest === undefined
    ? `${OBJECT} DESC, ${LINE} DESC`
    : indent(versionOrder(plan, plan.newest), 4);
}

/**
 * A total order of the rows of one key that follows from the rows alone: the declared version (none is the oldest),
 * then deletes, then the values of all columns. Whichever order the rows come in, the same one is the newest.
 */
export function versionOrder(plan: PipelinePlan, newest: string): readonly string[] {
  const others = plan.columns.filter(({ name }) => name !== newest && !plan.key.includes(name));
  return [
    `${identifier(newest)} DESC NULLS LAST`,
    `${DELETED} DESC`,
    ...others.map((column) => `${comparable(column)} DESC NULLS LAST`),
  ];
}

/** 0 and -0 are equal as numbers, but not as bytes of a table file. */
function comparable({ name, type }: ColumnPlan): string {
  return type === 'double' ? `CAST(${identifier(name)} AS VARCHAR)` : identifier(name);
}
