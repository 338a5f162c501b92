import type {
  Expectation,
  MeasureExpectation,
  PipelinePlan,
  RowExpectation,
  UniqueExpectation,
} from '../domain/plan';
import { builtInRules } from './built-in-rules';
import { rowCondition } from './row-conditions';
import type { RowRule, RuleSet, UniqueRule } from './rule-types';

/** The plan's expectations and the checks that are always there, as SQL. */
export function compileRules(plan: PipelinePlan): RuleSet {
  const rowRules: RowRule[] = [...builtInRules(plan)];
  const uniqueRules: UniqueRule[] = [];
  const measures: MeasureExpectation[] = [];
  for (const expectation of plan.expectations) {
    if (isRow(expectation)) rowRules.push({ ...headOf(expectation), ...rowCondition(plan, expectation) });
    else if (expectation.kind === 'unique') uniqueRules.push(uniqueRule(expectation));
    else if (expectation.kind === 'sql') throw new RangeError(`No such rule yet [rule=${expectation.name}]`);
    else measures.push(expectation);
  }
  return { rowRules, uniqueRules, measures };
}

const ROW_KINDS: ReadonlySet<Expectation['kind']> = new Set<RowExpectation['kind']>([
  'not_null',
  'not_missing',
  'between',
  'in_set',
  'matches',
  'length',
  'multiple_of',
  'compare',
  'references',
]);

function isRow(expectation: Expectation): expectation is RowExpectation {
  return ROW_KINDS.has(expectation.kind);
}

function uniqueRule(rule: UniqueExpectation): UniqueRule {
  const message = `a later row of the batch has the same ${rule.columns.join(', ')}`;
  return { ...headOf(rule), message };
}

type Head = Omit<UniqueRule, 'message'>;

function headOf(rule: RowExpectation | UniqueExpectation): Head {
  const { name, kind, onFail, requirement, description, severity, dimension } = rule;
  return {
    name,
    kind,
    onFail,
    columns: columnsOf(rule),
    ...(requirement && { requirement }),
    ...(description !== undefined && { description }),
    ...(severity !== undefined && { severity }),
    ...(dimension !== undefined && { dimension }),
  };
}

function columnsOf(rule: RowExpectation | UniqueExpectation): readonly string[] {
  if (rule.kind === 'compare') return [rule.left, rule.right];
  return 'columns' in rule ? rule.columns : [rule.column];
}
