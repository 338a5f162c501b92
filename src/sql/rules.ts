import {
  isMeasure,
  type MeasureExpectation,
  type PipelinePlan,
  type RowExpectation,
  type SqlExpectation,
  type UniqueExpectation,
} from '../domain/plan';
import { builtInRules } from './built-in-rules';
import { notFoundSql, referenceCteSql, referenceText, type ReferenceExpectation } from './references';
import { rowCondition, type PlainRowExpectation } from './row-conditions';
import { isDelete } from './row-versions';
import type { RowRule, RuleSet, SqlRule, UniqueRule } from './rule-types';

/** What rules that look beyond the batch depend on. */
export interface RuleSurroundings {
  readonly lakeBucket: string;
  /** Why such rules cannot be judged, by their names; absent = all can. */
  readonly unavailable?: ReadonlyMap<string, string>;
}

/** The plan's expectations and the checks that are always there, as SQL. */
export function compileRules(plan: PipelinePlan, surroundings: RuleSurroundings): RuleSet {
  const rowRules: RowRule[] = [...builtInRules(plan)];
  const uniqueRules: UniqueRule[] = [];
  const sqlRules: SqlRule[] = [];
  const measures: MeasureExpectation[] = [];
  for (const [index, expectation] of plan.expectations.entries()) {
    if (expectation.kind === 'references') {
      rowRules.push(referenceRule(plan, expectation, index, surroundings));
    } else if (expectation.kind === 'unique') uniqueRules.push(uniqueRule(expectation));
    else if (expectation.kind === 'sql') sqlRules.push(sqlRule(plan, expectation));
    else if (isMeasure(expectation)) measures.push(expectation);
    else rowRules.push(rowRule(plan, expectation));
  }
  return {
    rowRules: rowRules.map((rule) => exceptDeletes(plan, rule)),
    uniqueRules,
    sqlRules,
    sqlMeasures: [],
    measures,
  };
}

/**
 * A delete says which row is gone, and often nothing else: rules look at its key, event time, version and mark alone.
 */
function exceptDeletes(plan: PipelinePlan, rule: RowRule): RowRule {
  const { key, eventTime, newest, delete: marked } = plan;
  const own = new Set([...key, eventTime, newest, marked?.column]);
  if (!marked || rule.columns.every((name) => own.has(name))) return rule;
  return { ...rule, violated: `(${rule.violated}) AND NOT ${isDelete(plan)}` };
}

function rowRule(plan: PipelinePlan, expectation: PlainRowExpectation): RowRule {
  return { ...headOf(expectation, columnsOf(expectation)), ...rowCondition(plan, expectation) };
}

function referenceRule(
  plan: PipelinePlan,
  rule: ReferenceExpectation,
  index: number,
  { lakeBucket, unavailable }: RuleSurroundings,
): RowRule {
  const values = referenceText(rule.to);
  const head = {
    ...headOf(rule, rule.columns),
    message: `not in ${values}`,
    expected: `a value in ${values}`,
  };
  const notEvaluated = unavailable?.get(rule.name);
  if (notEvaluated !== undefined) return { ...head, violated: 'false', notEvaluated };
  return {
    ...head,
    violated: notFoundSql(rule, index),
    reads: referenceCteSql(plan, rule, index, lakeBucket),
  };
}

function sqlRule(plan: PipelinePlan, rule: SqlExpectation): SqlRule {
  const query = rule.query.replace(/\s+/g, ' ').trim();
  const message = rule.description ?? `found by ${query}`;
  return { ...headOf(rule, plan.key), message, expected: `not found by ${query}`, query: rule.query };
}

function uniqueRule(rule: UniqueExpectation): UniqueRule {
  const columns = rule.columns.join(', ');
  const message = `a later row of the batch has the same ${columns}`;
  return {
    ...headOf(rule, rule.columns),
    message,
    expected: `no later row of the batch with the same ${columns}`,
  };
}

function headOf(
  rule: RowExpectation | UniqueExpectation | SqlExpectation,
  columns: readonly string[],
): Omit<UniqueRule, 'message' | 'expected'> {
  const { name, kind, onFail, requirement, description, severity, dimension } = rule;
  return {
    name,
    kind,
    onFail,
    columns,
    ...(requirement && { requirement }),
    ...(description !== undefined && { description }),
    ...(severity !== undefined && { severity }),
    ...(dimension !== undefined && { dimension }),
  };
}

function columnsOf(rule: PlainRowExpectation): readonly string[] {
  return rule.kind === 'compare' ? [rule.left, rule.right] : [rule.column];
}
