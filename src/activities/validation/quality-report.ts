import type { PipelinePlan } from '../../domain/plan';
import type { QuerySession } from '../../ports/query-engine';
import { nullCountsSql, RULE_COUNTS_SQL, TOTALS_SQL } from '../../sql/quality-report';
import { rangeText, type RuleSet } from '../../sql/rules';

/** Where a faulty row stands; the rows themselves are in quarantine. */
export interface RowPlace {
  /** Position in the batch manifest. */
  readonly object: number;
  readonly line: number;
}

export interface ExpectationReport {
  readonly name: string;
  readonly onFail: 'block' | 'quarantine' | 'warn';
  readonly success: boolean;
  readonly unexpectedCount: number;
  readonly unexpectedPercent: number;
  readonly elementCount: number;
  /** The first five. */
  readonly sample: readonly RowPlace[];
}

/** `report.json` of the validate stage; see docs/formats/quality-report.md. */
export interface QualityReport {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly batchDigest: string;
  readonly verdict: 'accepted' | 'rejected';
  readonly reasons: readonly string[];
  readonly rows: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly quarantinedPercent: number;
  readonly expectations: readonly ExpectationReport[];
  readonly columns: readonly { readonly column: string; readonly nulls: number }[];
}

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
): Promise<BatchCounts> {
  const [totals] = (await session.rows(TOTALS_SQL)) as unknown as readonly Totals[];
  if (!totals) throw new Error('No totals of the batch');
  const counts = (await session.rows(RULE_COUNTS_SQL)) as unknown as readonly RuleCount[];
  const rows = totals.sound + totals.structural;
  const byRule = new Map(counts.map((item) => [item.rule, item]));
  const structure = { count: totals.structural, sample: totals.structuralSample ?? [] };
  const numbered = [...rules.rowRules, ...rules.uniqueRules].map(({ name, onFail }, index) =>
    expectationReport(name, onFail, totals.sound, byRule.get(index)),
  );
  return {
    rows,
    rejectedRows: totals.rejected + totals.structural,
    expectations: [
      expectationReport('structure', 'quarantine', rows, structure),
      ...numbered,
      ...rowCountReports(rules, rows),
    ],
    columns: (await session.rows(nullCountsSql(plan))) as unknown as QualityReport['columns'],
  };
}

interface Totals {
  readonly sound: number;
  readonly structural: number;
  readonly rejected: number;
  readonly structuralSample: readonly RowPlace[] | null;
}

interface RuleCount {
  readonly rule: number;
  readonly count: number;
  readonly sample: readonly RowPlace[];
}

function expectationReport(
  name: string,
  onFail: ExpectationReport['onFail'],
  elementCount: number,
  found?: Pick<RuleCount, 'count' | 'sample'>,
): ExpectationReport {
  const unexpectedCount = found?.count ?? 0;
  return {
    name,
    onFail,
    success: unexpectedCount === 0,
    unexpectedCount,
    unexpectedPercent: percentOf(unexpectedCount, elementCount),
    elementCount,
    sample: found?.sample ?? [],
  };
}

/** About the batch as a whole: one element, met or not. */
function rowCountReports({ rowCountRules }: RuleSet, rows: number): readonly ExpectationReport[] {
  return rowCountRules.map((rule) => {
    const isMet = rows >= (rule.min ?? 0) && rows <= (rule.max ?? Number.POSITIVE_INFINITY);
    const onFail = rule.onFail === 'warn' ? 'warn' : 'block';
    const name = `${rule.name} (${rangeText(rule)}, got ${rows})`;
    return expectationReport(name, onFail, 1, isMet ? undefined : { count: 1, sample: [] });
  });
}

/** In percent, to four decimals. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1_000_000) / 10_000;
}
