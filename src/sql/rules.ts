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
import type { RowRule, RuleSet, SqlRule, UniqueRule } from './rule-types';

/**
 * The plan's expectations and the checks that are always there, as SQL.
 *
 * @param unavailable why rules that look beyond the batch cannot be judged, by their names
 */
export function compileRules(
  plan: PipelinePlan,
  unavailable: ReadonlyMap<string, string> = new Map(),
): RuleSet {
  const rowRules: RowRule[] = [...builtInRules(plan)];
  const uniqueRules: UniqueRule[] = [];
  const sqlRules: SqlRule[] = [];
  const measures: MeasureExpectation[] = [];
  for (const [index, expectation] of plan.expectations.entries()) {
    if (expectation.kind === 'references') {
      rowRules.push(referenceRule(plan, expectation, index, unavailable.get(expectation.name)));
    } else if (expectation.kind === 'unique') uniqueRules.push(uniqueRule(expectation));
    else if (expectation.kind === 'sql') sqlRules.push(sqlRule(plan, expectation));
    else if (isMeasure(expectation)) measures.push(expectation);
    else rowRules.push(rowRule(plan, expectation));
  }
  return { rowRules, uniqueRules, sqlRules, sqlMeasures: [], measures };
}

function rowRule(plan: PipelinePlan, expectation: PlainRowExpectation): RowRule {
  return { ...headOf(expectation, columnsOf(expectation)), ...rowCondition(plan, expectation) };
}

function referenceRule(
  plan: PipelinePlan,
  rule: ReferenceExpectation,
  index: number,
  notEvaluated: string | undefined,
): RowRule {
  const head = { ...headOf(rule, rule.columns), message: `not in ${referenceText(rule.to)}` };
  if (notEvaluated !== undefined) return { ...head, violated: 'false', notEvaluated };
  return { ...head, violated: notFoundSql(rule, index), reads: referenceCteSql(plan, rule, index) };
}

function sqlRule(plan: PipelinePlan, rule: SqlExpectation): SqlRule {
  const message = rule.description ?? `found by ${rule.query.replace(/\s+/g, ' ').trim()}`;
  return { ...headOf(rule, plan.key), message, query: rule.query };
}

function uniqueRule(rule: UniqueExpectation): UniqueRule {
  const message = `a later row of the batch has the same ${rule.columns.join(', ')}`;
  return { ...headOf(rule, rule.columns), message };
}

function headOf(
  rule: RowExpectation | UniqueExpectation | SqlExpectation,
  columns: readonly string[],
): Omit<UniqueRule, 'message'> {
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
