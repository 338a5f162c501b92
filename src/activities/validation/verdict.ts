import type { QuarantinePlan } from '../../domain/plan';
import { percentOf, type BatchCounts } from './quality-report';

/** Why a batch is rejected whole; none = it is accepted. Pure. */
export function rejectionReasons(counts: BatchCounts, { maxPercent }: QuarantinePlan): readonly string[] {
  const { rows, rejectedRows, expectations } = counts;
  const blocked = expectations
    .filter(({ onFail, success }) => onFail === 'block' && !success)
    .map(({ name, unexpectedCount, elementCount }) =>
      elementCount === 1 && unexpectedCount === 1
        ? `${name} is not met`
        : `${name} is not met by ${unexpectedCount} of ${elementCount} rows`,
    );
  const tooMany =
    rows > 0 && (rejectedRows / rows) * 100 > maxPercent
      ? [
          `${rejectedRows} of ${rows} rows are bad (${percentOf(rejectedRows, rows)} %, allowed: ${maxPercent} %)`,
        ]
      : [];
  return [...blocked, ...tooMany];
}
