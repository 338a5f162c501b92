import type { QuarantinePlan } from '../../domain/plan';
import type { ExpectationReport } from '../../domain/quality-report';
import { requirementText } from '../../domain/requirement';
import { percentOf, type BatchCounts } from './quality-report';

/** Why a batch is rejected whole; none = it is accepted. Pure. */
export function rejectionReasons(
  { rows, rejectedRows, expectations }: Pick<BatchCounts, 'rows' | 'rejectedRows' | 'expectations'>,
  { maxPercent }: QuarantinePlan,
): readonly string[] {
  const blocked = expectations
    .filter(({ onFail, success }) => onFail === 'block' && success === false)
    .map(blockingReason);
  const tooMany =
    rows > 0 && (rejectedRows / rows) * 100 > maxPercent
      ? [
          `${rejectedRows} of ${rows} rows are bad (${percentOf(rejectedRows, rows)} %, allowed: ${maxPercent} %)`,
        ]
      : [];
  return [...blocked, ...tooMany];
}

function blockingReason(report: ExpectationReport): string {
  const { name, about, unexpectedCount, elementCount, observedValue, requirement } = report;
  return about === 'batch'
    ? `${name} (${requirementText(requirement)}, got ${String(observedValue)}) is not met`
    : `${name} is not met by ${unexpectedCount} of ${elementCount} rows`;
}
