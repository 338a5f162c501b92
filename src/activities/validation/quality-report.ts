import type { PipelinePlan } from '../../domain/plan';
import type { ExpectationReport, QualityReport, UnexpectedRow } from '../../domain/quality-report';
import { meets, requirementText, type Requirement } from '../../domain/requirement';
import type { QuerySession } from '../../ports/query-engine';
import { measureSql } from '../../sql/measures';
import { nullCountsSql, ruleCountsSql, TOTALS_SQL } from '../../sql/quality-report';
import { numberedRules, type RowRule, type RuleSet, type UniqueRule } from '../../sql/rule-types';
import { measureQuerySql, rowQuerySql, uniqueQuerySql, type DeliveredFiles } from '../../sql/source-query';

export interface BatchCounts {
  readonly rows: number;
  readonly rejectedRows: number;
  readonly expectations: readonly ExpectationReport[];
  readonly columns: QualityReport['columns'];
}

/** Reads the counts of a validated batch; the tables of sql/validate.ts must be there. */
export async function readBatchCounts(
  session: Pick<QuerySession, 'rows'>,
  plan: PipelinePlan,
  rules: RuleSet,
  delivered: DeliveredFiles,
): Promise<BatchCounts> {
  const [totals] = (await session.rows(TOTALS_SQL)) as unknown as readonly Totals[];
  if (!totals) throw new Error('No totals of the batch');
  const counts = (await session.rows(ruleCountsSql(plan, rules))) as unknown as readonly RuleCount[];
  const rows = totals.sound + totals.structural;
  const byRule = new Map(counts.map((item) => [item.rule, item]));
  const numbered = numberedRules(rules).map((rule, index) => ({
    ...ruleReport(rule, totals.sound, byRule.get(index)),
    query: 'violated' in rule ? rowQuerySql(plan, delivered, rule) : uniqueQuerySql(plan, delivered, rule),
  }));
  const structure = { count: totals.structural, sample: totals.structuralSample ?? [] };
  return {
    rows,
    rejectedRows: totals.rejected + totals.structural,
    expectations: [
      { ...ruleReport(STRUCTURE, rows, structure), query: null },
      ...numbered,
      ...(await measureReports({ session, plan, rules, delivered, rows })),
    ],
    columns: (await session.rows(nullCountsSql(plan))) as unknown as QualityReport['columns'],
  };
}

/** Records that are no rows, where there is nothing else to count. */
export async function countFaults(session: Pick<QuerySession, 'rows'>): Promise<number> {
  const [row] = await session.rows('SELECT count(*) AS faults FROM structural');
  return row?.['faults'] as number;
}

interface Totals {
  readonly sound: number;
  readonly structural: number;
  readonly rejected: number;
  readonly structuralSample: readonly UnexpectedRow[] | null;
}

interface RuleCount {
  readonly rule: number;
  readonly count: number;
  readonly sample: readonly UnexpectedRow[];
}

const STRUCTURE: UniqueRule = {
  name: 'structure',
  kind: 'structure',
  onFail: 'quarantine',
  columns: [],
  message: 'no record of the right number of cells',
};

const NO_ROW: Requirement = { operator: 'mustBe', value: [0], unit: 'rows' };

function ruleReport(
  rule: RowRule | UniqueRule,
  elementCount: number,
  found: Pick<RuleCount, 'count' | 'sample'> = { count: 0, sample: [] },
): Omit<ExpectationReport, 'query'> {
  const { name, kind, columns, onFail, message, requirement = NO_ROW } = rule;
  const unexpectedPercent = percentOf(found.count, elementCount);
  const exact = elementCount === 0 ? 0 : (100 * found.count) / elementCount;
  return {
    name,
    kind,
    about: 'rows',
    columns,
    expected: message,
    ...wordsOf(rule),
    onFail,
    success: meets(requirement.unit === 'percent' ? exact : found.count, requirement),
    observedValue: requirement.unit === 'percent' ? unexpectedPercent : found.count,
    requirement,
    elementCount,
    unexpectedCount: found.count,
    unexpectedPercent,
    sample: found.sample,
  };
}

type Words = Pick<ExpectationReport, 'description' | 'severity' | 'dimension'>;

function wordsOf({ description, severity, dimension }: Words): Words {
  return {
    ...(description !== undefined && { description }),
    ...(severity !== undefined && { severity }),
    ...(dimension !== undefined && { dimension }),
  };
}

interface MeasureQuestion {
  readonly session: Pick<QuerySession, 'rows'>;
  readonly plan: PipelinePlan;
  readonly rules: RuleSet;
  readonly delivered: DeliveredFiles;
  readonly rows: number;
}

/** About the batch as a whole: one number, which is what it has to be or not. */
async function measureReports(question: MeasureQuestion): Promise<readonly ExpectationReport[]> {
  const reports: ExpectationReport[] = [];
  for (const measure of question.rules.measures) {
    const observed = await observe(question, measure);
    const success = observed === null ? null : meets(observed, measure.requirement);
    reports.push({
      name: measure.name,
      kind: measure.kind,
      about: 'batch',
      columns: 'column' in measure ? [measure.column] : [],
      expected: requirementText(measure.requirement),
      ...wordsOf(measure),
      onFail: measure.onFail,
      success,
      ...(success === null && { notEvaluated: 'there is no value to measure' }),
      observedValue: observed,
      requirement: measure.requirement,
      elementCount: 1,
      unexpectedCount: success === false ? 1 : 0,
      unexpectedPercent: success === false ? 100 : 0,
      sample: [],
      query: measureQuerySql(question.plan, question.delivered, measure),
    });
  }
  return reports;
}

async function observe(
  { session, rows }: MeasureQuestion,
  measure: RuleSet['measures'][number],
): Promise<number | null> {
  // Records that are no rows were delivered all the same.
  if (measure.kind === 'row_count') return rows;
  if (measure.kind === 'drift') return null;
  const [row] = await session.rows(measureSql(measure));
  return (row?.['observed'] ?? null) as number | null;
}

/** In percent, to four decimals. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1_000_000) / 10_000;
}
