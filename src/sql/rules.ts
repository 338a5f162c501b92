import type { ColumnPlan, Expectation, OnFail, PipelinePlan } from '../domain/plan';
import { sqlType } from './column-types';
import { isMissing } from './parse-cell';
import { identifier, number, text } from './quote';
import { cellName, OBJECT, UPLOADED } from './staging-names';

/** A check of single rows, made from the columns' types, the key, and the plan's expectations. */
export interface RowRule {
  readonly name: string;
  readonly onFail: OnFail;
  /** The column whose value is shown with a violation. */
  readonly column: string;
  readonly message: string;
  /** SQL of a message that names the row's own values, over `raw` and `sources`; in place of `message`. */
  readonly ownMessage?: string;
  /** SQL over the `parsed` view; true = violated, false or NULL = fine. */
  readonly violated: string;
}

export interface UniqueRule {
  readonly name: string;
  readonly onFail: OnFail;
  readonly columns: readonly string[];
  readonly message: string;
}

export type RowCountRule = Extract<Expectation, { kind: 'row_count' }>;

export interface RuleSet {
  readonly rowRules: readonly RowRule[];
  readonly uniqueRules: readonly UniqueRule[];
  readonly rowCountRules: readonly RowCountRule[];
}

export function compileRules(plan: PipelinePlan): RuleSet {
  const rowRules: RowRule[] = [...typeRules(plan), ...requiredRules(plan), futureRule(plan)];
  const uniqueRules: UniqueRule[] = [];
  const rowCountRules: RowCountRule[] = [];
  for (const expectation of plan.expectations) {
    if (expectation.kind === 'row_count') rowCountRules.push(expectation);
    else if (expectation.kind === 'unique') uniqueRules.push(uniqueRule(expectation));
    else rowRules.push(rowRule(plan, expectation));
  }
  return { rowRules, uniqueRules, rowCountRules };
}

/** Text that is not of the column's type is never accepted, whatever the expectations say. */
function typeRules(plan: PipelinePlan): readonly RowRule[] {
  return plan.columns.flatMap((column, index) => {
    if (column.type === 'string') return [];
    const present = `NOT (${isMissing(cellName(index), plan.source.csv.nullValues)})`;
    const form = column.format === undefined ? '' : ` as ${column.format}`;
    return {
      name: `type(${column.name})`,
      onFail: 'quarantine' as const,
      column: column.name,
      message: `not ${column.type === 'integer' ? 'an' : 'a'} ${column.type}${form}${isTime(column) ? YEARS : ''}`,
      violated: `${present} AND ${isTime(column) ? outsideOfYears(column) : `${identifier(column.name)} IS NULL`}`,
    };
  });
}

const YEARS = ' in the years 0001 to 9999';

function isTime({ type }: ColumnPlan): boolean {
  return type === 'date' || type === 'timestamp';
}

/** Other years, and infinity, overflow in readers of the tables (Python's `datetime`, to name one). */
function outsideOfYears({ name }: ColumnPlan): string {
  return `NOT coalesce(isfinite(${identifier(name)}) AND year(${identifier(name)}) BETWEEN 1 AND 9999, false)`;
}

/** A row without its key or its time has no place in the table. */
function requiredRules(plan: PipelinePlan): readonly RowRule[] {
  const covered = new Set(
    plan.expectations.flatMap((item) =>
      item.kind === 'not_null' && item.onFail !== 'warn' ? [item.column] : [],
    ),
  );
  return [...new Set([...plan.key, plan.eventTime])]
    .filter((name) => !covered.has(name))
    .map((name) => ({
      name: `required(${name})`,
      onFail: 'quarantine',
      column: name,
      message: 'no value in a column of the key or the event time',
      violated: missing(plan, name),
    }));
}

/**
 * One row with a mistyped year would put the holdout, the last days of the table, out of reach for ever. The upload
 * is the measure, not the clock of whoever validates: the same object is always judged alike. Two days leave room for
 * time zones and for clocks that are wrong.
 */
function futureRule(plan: PipelinePlan): RowRule {
  const cell = cellName(columnIndex(plan, plan.eventTime));
  const uploaded = `(SELECT list(${UPLOADED} ORDER BY ${OBJECT}) FROM sources)[${OBJECT} + 1]`;
  return {
    name: `future(${plan.eventTime})`,
    onFail: 'quarantine',
    column: plan.eventTime,
    message: 'event time more than 2 days after the upload of its file',
    ownMessage: `concat('event time ', ${cell}, ' is more than 2 days after ', strftime(${UPLOADED}, '%Y-%m-%dT%H:%M:%SZ'), ', when its file was uploaded')`,
    violated: `year(${identifier(plan.eventTime)}) <= 9999 AND ${identifier(plan.eventTime)} > ${uploaded} + INTERVAL 2 DAY`,
  };
}

type RowExpectation = Exclude<Expectation, { kind: 'row_count' | 'unique' }>;

function rowRule(plan: PipelinePlan, expectation: RowExpectation): RowRule {
  const { name, onFail, column } = expectation;
  return { name, onFail, column, ...condition(plan, expectation) };
}

function condition(plan: PipelinePlan, rule: RowExpectation): Pick<RowRule, 'message' | 'violated'> {
  const column = identifier(rule.column);
  switch (rule.kind) {
    case 'not_null':
      return { message: 'no value', violated: missing(plan, rule.column) };
    case 'between':
      return { message: `not ${rangeText(rule)}`, violated: outside(column, rule) };
    case 'in_set':
      return {
        message: `not one of ${rule.values.join(', ')}`,
        violated: `${column} NOT IN (${literals(columnOf(plan, rule.column), rule.values)})`,
      };
    case 'matches':
      return {
        message: `does not match ${rule.pattern}`,
        violated: `NOT regexp_matches(CAST(${column} AS VARCHAR), ${text(rule.pattern)})`,
      };
  }
}

function uniqueRule(rule: Extract<Expectation, { kind: 'unique' }>): UniqueRule {
  return {
    name: rule.name,
    onFail: rule.onFail,
    columns: rule.columns,
    message: `a later row of the batch has the same ${rule.columns.join(', ')}`,
  };
}

function missing(plan: PipelinePlan, name: string): string {
  return isMissing(cellName(columnIndex(plan, name)), plan.source.csv.nullValues);
}

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function outside(column: string, { min, max }: Bounds): string {
  const low = min === undefined ? [] : [`${column} < ${number(min)}`];
  const high = max === undefined ? [] : [`${column} > ${number(max)}`];
  return [...low, ...high].join(' OR ');
}

export function rangeText({ min, max }: Bounds): string {
  if (min !== undefined && max !== undefined) return `between ${min} and ${max}`;
  return min === undefined ? `at most ${String(max)}` : `at least ${min}`;
}

function literals(column: ColumnPlan, values: readonly string[]): string {
  if (column.type === 'string') return values.map(text).join(', ');
  return values.map((value) => `CAST(${text(value)} AS ${sqlType(column)})`).join(', ');
}

function columnOf(plan: PipelinePlan, name: string): ColumnPlan {
  const column = plan.columns[columnIndex(plan, name)];
  if (!column) throw new RangeError(`No such column [column=${name}]`);
  return column;
}

/** @throws RangeError when the plan has no such column. */
export function columnIndex(plan: PipelinePlan, name: string): number {
  const index = plan.columns.findIndex((column) => column.name === name);
  if (index < 0) throw new RangeError(`No such column [column=${name}, pipeline=${plan.pipeline}]`);
  return index;
}
