import type { ColumnPlan, PipelinePlan } from '../domain/plan';
import { identifier } from './quote';
import { missingCell } from './source-cells';

/** @throws RangeError when the plan has no such column. */
export function columnIndex(plan: PipelinePlan, name: string): number {
  const index = plan.columns.findIndex((column) => column.name === name);
  if (index < 0) throw new RangeError(`No such column [column=${name}, pipeline=${plan.pipeline}]`);
  return index;
}

/** @throws RangeError when the plan has no such column. */
export function columnOf(plan: PipelinePlan, name: string): ColumnPlan {
  const column = plan.columns[columnIndex(plan, name)];
  if (!column) throw new RangeError(`No such column [column=${name}, pipeline=${plan.pipeline}]`);
  return column;
}

/** SQL over a row as it came: it has no value in this column. */
export function missing(plan: PipelinePlan, name: string): string {
  // A missing value is always NULL: the engine compares texts only where there is one.
  return `${identifier(name)} IS NULL AND ${missingCell(plan, columnIndex(plan, name))}`;
}
