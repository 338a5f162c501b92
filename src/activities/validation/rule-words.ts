import type { ExpectationReport } from '../../domain/quality-report';
import type { Requirement } from '../../domain/requirement';

/** What holds of rows when nothing else is said. */
export const NO_ROW: Requirement = { operator: 'mustBe', value: [0], unit: 'rows' };

type Words = Pick<ExpectationReport, 'description' | 'severity' | 'dimension'>;

/** What the contract says of a rule for people. */
export function wordsOf({ description, severity, dimension }: Words): Words {
  return {
    ...(description !== undefined && { description }),
    ...(severity !== undefined && { severity }),
    ...(dimension !== undefined && { dimension }),
  };
}
