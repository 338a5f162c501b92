import type { PipelinePlan } from '../../domain/plan';
import type { ExpectationReport } from '../../domain/quality-report';
import { meets, requirementText } from '../../domain/requirement';
import type { QuerySession } from '../../ports/query-engine';
import { measureSql } from '../../sql/measures';
import type { RuleSet } from '../../sql/rule-types';
import { measureQuerySql, sqlQuerySql, type DeliveredFiles } from '../../sql/source-query';
import { NO_ROW, wordsOf } from './rule-words';

interface MeasureQuestion {
  readonly session: Pick<QuerySession, 'rows'>;
  readonly plan: PipelinePlan;
  readonly rules: RuleSet;
  readonly delivered: DeliveredFiles;
  readonly rows: number;
  readonly measured: ReadonlyMap<string, number | null>;
  readonly unavailable: ReadonlyMap<string, string>;
}

type Measure = RuleSet['measures'][number];

/** About the batch as a whole: one number, which is what it has to be or not. */
export async function measureReports(question: MeasureQuestion): Promise<readonly ExpectationReport[]> {
  const { plan, rules, delivered, measured, unavailable } = question;
  const reports: ExpectationReport[] = [];
  for (const measure of rules.measures) {
    const observed = await observe(question, measure);
    const head = { ...measure, columns: 'column' in measure ? [measure.column] : [] };
    const query = measureQuerySql(plan, delivered, measure);
    reports.push(measureReport(head, observed, query, unavailable.get(measure.name)));
  }
  for (const rule of rules.sqlMeasures) {
    const head = { requirement: NO_ROW, ...rule };
    reports.push(
      measureReport(head, measured.get(rule.name) ?? null, sqlQuerySql(plan, delivered, rule), undefined),
    );
  }
  return reports;
}

interface MeasureHead extends Pick<
  Measure,
  'name' | 'onFail' | 'requirement' | 'description' | 'severity' | 'dimension'
> {
  readonly kind: string;
  readonly columns: readonly string[];
}

function measureReport(
  head: MeasureHead,
  observed: number | null,
  query: string | null,
  unavailable = 'there is no value to measure',
): ExpectationReport {
  const { name, kind, columns, onFail, requirement } = head;
  const success = observed === null ? null : meets(observed, requirement);
  return {
    name,
    kind,
    about: 'batch',
    columns,
    expected: requirementText(requirement),
    ...wordsOf(head),
    onFail,
    success,
    ...(success === null && { notEvaluated: unavailable }),
    observedValue: observed,
    requirement,
    elementCount: 1,
    unexpectedCount: success === false ? 1 : 0,
    unexpectedPercent: success === false ? 100 : 0,
    sample: [],
    query,
  };
}

async function observe(
  { session, rows, measured }: MeasureQuestion,
  measure: Measure,
): Promise<number | null> {
  // Records that are no rows were delivered all the same.
  if (measure.kind === 'row_count') return rows;
  if (measure.kind === 'drift') return measured.get(measure.name) ?? null;
  const [row] = await session.rows(measureSql(measure));
  return (row?.['observed'] ?? null) as number | null;
}
