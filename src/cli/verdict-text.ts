import type { ExpectationReport, QualityReport } from '../domain/quality-report';
import { textTable } from './text-table';

const MAX_EXAMPLES = 3;

/** A quality report for a terminal: the verdict first, then each rule, then where to look. */
export function verdictText(report: QualityReport): string {
  const { verdict, rows, accepted, quarantined, reasons, expectations } = report;
  const failed = expectations.filter(({ success }) => success === false);
  const rules = expectations.map((rule) => [
    markOf(rule),
    rule.name,
    rule.onFail,
    rule.about === 'rows' ? rule.unexpectedCount : shown(rule.observedValue),
    rule.notEvaluated ?? (rule.success === false ? `${rule.unexpectedPercent} %` : ''),
  ]);
  return [
    `${verdict}: ${rows} rows, ${accepted} accepted, ${quarantined} set aside`,
    ...reasons.map((reason) => `  ${reason}`),
    '',
    textTable(['', 'rule', 'on fail', 'found', ''], rules),
    ...failed.flatMap((rule) => examples(rule, report.objects)),
  ].join('\n');
}

function markOf({ success, onFail }: ExpectationReport): string {
  if (success === null) return '–';
  if (success) return 'ok';
  return onFail === 'warn' ? 'warn' : 'FAIL';
}

function shown(observed: number | null): string {
  return observed === null ? '' : String(Math.round(observed * 10_000) / 10_000);
}

function examples(
  { name, expected, sample }: ExpectationReport,
  objects: readonly string[],
): readonly string[] {
  if (sample.length === 0) return [];
  const lines = sample
    .slice(0, MAX_EXAMPLES)
    .map(({ object, line, value }) => `  ${objects[object] ?? object}:${line}: ${value ?? ''}`);
  return ['', `${name}: ${expected}`, ...lines];
}
