import type { ColumnPlan, PipelinePlan, RowExpectation } from '../domain/plan';
import { sqlType } from './column-types';
import { columnIndex, columnOf, missing } from './plan-columns';
import { identifier, number, text } from './quote';
import { isOneOf } from './source-cells';

/** Rules that look at nothing but the row. */
export type PlainRowExpectation = Exclude<RowExpectation, { kind: 'references' }>;

type Kind<K extends RowExpectation['kind']> = Extract<RowExpectation, { kind: K }>;

/** When a row breaks a rule, as SQL over a row's typed values, and how to say it. */
interface RowCondition {
  /** What is wrong with the row. */
  readonly message: string;
  /** What was looked for instead. */
  readonly expected: string;
  readonly violated: string;
}

/** No value passes every rule but the first two. */
export function rowCondition(plan: PipelinePlan, rule: PlainRowExpectation): RowCondition {
  const violated = violatedSql(plan, rule);
  if (rule.kind === 'not_null') return { message: 'no value', expected: 'a value', violated };
  if (rule.kind === 'not_missing') {
    const expected = [
      'a value',
      ...(rule.values.length === 0 ? [] : [`other than ${rule.values.join(', ')}`]),
    ];
    return { message: 'missing value', expected: expected.join(' '), violated };
  }
  if (rule.kind === 'matches') {
    const { pattern } = rule;
    return { message: `does not match ${pattern}`, expected: `text that matches ${pattern}`, violated };
  }
  const expected = expectedText(rule);
  const message = rule.kind === 'length' ? `length not ${rangeText(rule)}` : `not ${expected}`;
  return { message, expected, violated };
}

function expectedText(
  rule: Exclude<PlainRowExpectation, Kind<'not_null' | 'not_missing' | 'matches'>>,
): string {
  switch (rule.kind) {
    case 'between':
      return rangeText(rule);
    case 'in_set':
      return `one of ${rule.values.join(', ')}`;
    case 'length':
      return `length ${rangeText(rule)}`;
    case 'multiple_of':
      return `a multiple of ${rule.factor}`;
    case 'compare':
      return `${rule.left} ${rule.operator} ${rule.right}`;
  }
}

function violatedSql(plan: PipelinePlan, rule: PlainRowExpectation): string {
  switch (rule.kind) {
    case 'not_null':
      return missing(plan, rule.column);
    case 'not_missing':
      return missingValue(plan, rule);
    case 'between':
      return outside(columnOf(plan, rule.column), rule);
    case 'in_set':
      return `${identifier(rule.column)} NOT IN (${literals(columnOf(plan, rule.column), rule.values)})`;
    case 'matches':
      return `NOT regexp_matches(CAST(${identifier(rule.column)} AS VARCHAR), ${text(rule.pattern)})`;
    case 'length':
      return outsideLength(rule);
    case 'multiple_of':
      return notMultiple(rule);
    case 'compare':
      return `NOT (${identifier(rule.left)} ${rule.operator} ${identifier(rule.right)})`;
  }
}

function missingValue(plan: PipelinePlan, { column, values }: Kind<'not_missing'>): string {
  const listed = isOneOf(plan, columnIndex(plan, column), values);
  return values.length === 0 ? missing(plan, column) : `(${missing(plan, column)} OR ${listed})`;
}

function outside(column: ColumnPlan, { min, max, exclusiveMin, exclusiveMax }: Kind<'between'>): string {
  const name = identifier(column.name);
  const low = min === undefined ? [] : [`${name} ${exclusiveMin ? '<=' : '<'} ${bound(column, min)}`];
  const high = max === undefined ? [] : [`${name} ${exclusiveMax ? '>=' : '>'} ${bound(column, max)}`];
  return [...low, ...high].join(' OR ');
}

function bound(column: ColumnPlan, value: number | string): string {
  if (typeof value === 'number') return number(value);
  return column.type === 'timestamp'
    ? `CAST(${text(value)} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'`
    : `CAST(${text(value)} AS ${sqlType(column)})`;
}

function outsideLength({ column, min, max }: Kind<'length'>): string {
  const length = `length(${identifier(column)})`;
  const low = min === undefined ? [] : [`${length} < ${number(min)}`];
  const high = max === undefined ? [] : [`${length} > ${number(max)}`];
  return [...low, ...high].join(' OR ');
}

/** Within the rounding of a DOUBLE: 0.3 is a multiple of 0.1. */
function notMultiple({ column, factor }: Kind<'multiple_of'>): string {
  const name = identifier(column);
  if (Number.isInteger(factor)) return `fmod(${name}, ${number(factor)}) <> 0`;
  const quotient = `(${name} / ${number(factor)})`;
  return `abs(${quotient} - round(${quotient})) > 1e-9 * greatest(1, abs(${quotient}))`;
}

interface Range {
  readonly min?: number | string;
  readonly max?: number | string;
  readonly exclusiveMin?: true;
  readonly exclusiveMax?: true;
}

/** `between 1 and 6000`, `at least 0`, `more than 0`, `at least 1 and less than 10` */
function rangeText({ min, max, exclusiveMin, exclusiveMax }: Range): string {
  if (min !== undefined && max !== undefined && !exclusiveMin && !exclusiveMax) {
    return `between ${min} and ${max}`;
  }
  const low = min === undefined ? [] : [`${exclusiveMin ? 'more than' : 'at least'} ${min}`];
  const high = max === undefined ? [] : [`${exclusiveMax ? 'less than' : 'at most'} ${max}`];
  return [...low, ...high].join(' and ');
}

function literals(column: ColumnPlan, values: readonly string[]): string {
  if (column.type === 'string') return values.map(text).join(', ');
  return values.map((value) => `CAST(${text(value)} AS ${sqlType(column)})`).join(', ');
}
