import type { ColumnPlan, PipelinePlan } from '../domain/plan';
import { inner } from './json-cell';
import { isAmbiguous } from './local-time';
import { localTimestamp } from './parse-cell';
import { identifier, text } from './quote';
import type { RowRule } from './rule-types';
import { cellKind, missingCell } from './source-cells';
import { cellName } from './staging-names';

/** What is not of the column's type is never accepted, whatever the expectations say. */
export function typeRules(plan: PipelinePlan): readonly RowRule[] {
  const stringsFit = cellKind(plan.source) !== 'json';
  return plan.columns.flatMap((column, index) => {
    if (column.type === 'string' && stringsFit) return [];
    const expected = typeText(column);
    const message = `not ${expected}`;
    const own = ownMessage(plan, column, cellName(index), message);
    return {
      name: `type(${column.name})`,
      kind: 'type',
      onFail: 'quarantine' as const,
      columns: [column.name],
      message,
      expected,
      ...(own === undefined ? {} : { ownMessage: own }),
      // What is rarely true comes first: the rest is looked at in few rows.
      violated: `${isTime(column) ? outsideOfYears(column) : `${identifier(column.name)} IS NULL`} AND NOT (${missingCell(plan, index)})`,
    };
  });
}

function typeText({ type, format, precision = 18, scale = 0 }: ColumnPlan): string {
  if (type === 'integer') return 'an integer of 64 bits';
  if (type === 'double') return 'a finite double';
  if (type === 'decimal') {
    return `a decimal of at most ${precision - scale} digits before and ${scale} after the point`;
  }
  const form = format === undefined ? '' : ` as ${format}`;
  const years = type === 'date' || type === 'timestamp' ? ' in the years 0001 to 9999' : '';
  return `a ${type}${form}${years}`;
}

/** A local time can be wrong in two ways of its own; only violations come here, so it may cost something. */
function ownMessage(
  { source }: PipelinePlan,
  column: ColumnPlan,
  cell: string,
  message: string,
): string | undefined {
  if (column.type !== 'timestamp' || column.timezone === undefined) return undefined;
  const local = {
    text: () => localTimestamp(column, cell),
    json: () => localTimestamp(column, inner(cell)),
    typed: () => cell,
  }[cellKind(source)]();
  return localTimeMessage(local, column.timezone, message);
}

function localTimeMessage(local: string, zone: string, message: string): string {
  const twice = `a local time that the clock of ${zone} showed twice: state an offset, or set ambiguous to earlier or later`;
  return `CASE WHEN ${local} IS NULL OR year(${local}) NOT BETWEEN 1 AND 9999 THEN ${text(message)} WHEN ${isAmbiguous(local, zone)} THEN ${text(twice)} ELSE ${text(`a local time that the clock of ${zone} skipped`)} END`;
}

function isTime({ type }: ColumnPlan): boolean {
  return type === 'date' || type === 'timestamp';
}

/** Other years, and infinity, overflow in readers of the tables (Python's `datetime`, to name one). */
function outsideOfYears({ name, type }: ColumnPlan): string {
  const [first, last] =
    type === 'date'
      ? [`DATE '0001-01-01'`, `DATE '9999-12-31'`]
      : [`TIMESTAMP '0001-01-01 00:00:00'`, `TIMESTAMP '9999-12-31 23:59:59.999999'`];
  return `(${identifier(name)} BETWEEN ${first} AND ${last}) IS NOT TRUE`;
}
