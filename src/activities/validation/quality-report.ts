import type { PipelinePlan } from '../../domain/plan';
import type { ExpectationReport, QualityReport, UnexpectedRow } from '../../domain/quality-report';
import { meets } from '../../domain/requirement';
import type { QuerySession } from '../../ports/query-engine';
import { nullCountsSql, ruleCountsSql, TOTALS_SQL } from '../../sql/quality-report';
import { numberedRules, type NumberedRule, type RuleSet, type UniqueRule } from '../../sql/rule-types';
import { ruleQuerySql, type DeliveredFiles } from '../../sql/source-query';
import { measureReports } from './measure-reports';
import { NO_ROW, wordsOf } from './rule-words';

export interface BatchCounts {
  readonly rows: number;
  readonly rejectedRows: number;
  readonly expectations: readonly ExpectationReport[];
  readonly columns: QualityReport['columns'];
}

/** What else is known of the batch and its rules. */
interface JudgedWith {
  readonly delivered: DeliveredFiles;
  /** Numbers that are not measured over `parsed`, by the names of their rules. */
  readonly measured: ReadonlyMap<string, number | null>;
  /** Why rules were not evaluated, by their names. */
  readonly unavailable: ReadonlyMap<string, string>;
}

/** Reads the counts of a validated batch; the tables of sql/validate.ts must be there. */
export async function readBatchCounts(
  session: Pick<QuerySession, 'rows'>,
  plan: PipelinePlan,
  rules: RuleSet,
  { delivered, measured, unavailable }: JudgedWith,
): Promise<BatchCounts> {
  const [totals] = (await session.rows(TOTALS_SQL)) as unknown as readonly Totals[];
  if (!totals) throw new Error('No totals of the batch');
  const counts = (await session.rows(ruleCountsSql(plan, rules))) as unknown as readonly RuleCount[];
  const rows = totals.sound + totals.structural;
  const byRule = new Map(counts.map((item) => [item.rule, item]));
  const numbered = numberedRules(rules).map((rule, index) => ({
    ...ruleReport(rule, totals.sound, byRule.get(index)),
    query: ruleQuerySql(plan, delivered, rule),
  }));
  const structure = { count: totals.structural, sample: totals.structuralSample ?? [] };
  return {
    rows,
    rejectedRows: totals.rejected + totals.structural,
    expectations: [
      { ...ruleReport(STRUCTURE, rows, structure), query: null },
      ...numbered,
      ...(await measureReports({ session, plan, rules, delivered, rows, measured, unavailable })),
    ],
    columns: (await session.rows(nullCountsSql(plan, rules))) as unknown as QualityReport['columns'],
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
  expected: 'a record of the right number of cells',
};

function ruleReport(
  rule: NumberedRule,
  elementCount: number,
  found: Pick<RuleCount, 'count' | 'sample'> = { count: 0, sample: [] },
): Omit<ExpectationReport, 'query'> {
  const { name, kind, columns, onFail, expected, requirement = NO_ROW } = rule;
  const unexpectedPercent = percentOf(found.count, elementCount);
  const exact = elementCount === 0 ? 0 : (100 * found.count) / elementCount;
  return {
    name,
    kind,
    about: 'rows',
    columns,
    expected,
    ...wordsOf(rule),
    onFail,
    ...successOf(rule, meets(requirement.unit === 'percent' ? exact : found.count, requirement)),
    observedValue: requirement.unit === 'percent' ? unexpectedPercent : found.count,
    requirement,
    elementCount,
    unexpectedCount: found.count,
    unexpectedPercent,
    sample: found.sample,
  };
}

function successOf(rule: NumberedRule, isMet: boolean): Pick<ExpectationReport, 'success' | 'notEvaluated'> {
  const notEvaluated = 'notEvaluated' in rule ? rule.notEvaluated : undefined;
  return notEvaluated === undefined ? { success: isMet } : { success: null, notEvaluated };
}

/** In percent, to four decimals. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1_000_000) / 10_000;
}
