import type { ExpectationReport } from '../../domain/quality-report';
import type { BatchCounts } from './quality-report';
import { rejectionReasons } from './verdict';

const counts = (
  rows: number,
  rejectedRows: number,
  expectations: readonly ExpectationReport[] = [],
): BatchCounts => ({
  rows,
  rejectedRows,
  expectations,
  columns: [],
});
const expectation = (onFail: ExpectationReport['onFail'], unexpectedCount: number): ExpectationReport => ({
  name: 'rule',
  kind: 'between',
  about: 'rows',
  columns: ['minutes'],
  expected: 'not at most 100',
  onFail,
  success: unexpectedCount === 0,
  unexpectedCount,
  unexpectedPercent: 0,
  elementCount: 100,
  observedValue: unexpectedCount,
  requirement: { operator: 'mustBe', value: [0], unit: 'rows' },
  sample: [],
  query: null,
});

describe('rejectionReasons', () => {
  it('accepts exactly the allowed share of bad rows and nothing above it', () => {
    expect(rejectionReasons(counts(100, 5), { maxPercent: 5 })).toEqual([]);
    expect(rejectionReasons(counts(100, 6), { maxPercent: 5 })).toEqual([
      '6 of 100 rows are bad (6 %, allowed: 5 %)',
    ]);
  });

  it('allows no bad row at 0 percent, and an empty batch always', () => {
    expect(rejectionReasons(counts(1_000_000, 1), { maxPercent: 0 })).toHaveLength(1);
    expect(rejectionReasons(counts(0, 0), { maxPercent: 0 })).toEqual([]);
  });

  it('rejects for a blocking expectation, not for a warning or for rows that are quarantined', () => {
    const items = [expectation('warn', 50), expectation('quarantine', 3), expectation('block', 1)];
    expect(rejectionReasons(counts(100, 4, items), { maxPercent: 10 })).toEqual([
      'rule is not met by 1 of 100 rows',
    ]);
  });

  it('says what a blocking measure came to, and is silent about one that was not evaluated', () => {
    const mean = {
      ...expectation('block', 1),
      about: 'batch',
      name: 'mean(minutes)',
      observedValue: 17.5,
      requirement: { operator: 'mustBeBetween', value: [20, 30] },
    } as const;
    expect(rejectionReasons(counts(100, 0, [mean]), { maxPercent: 10 })).toEqual([
      'mean(minutes) (between 20 and 30, got 17.5) is not met',
    ]);
    expect(rejectionReasons(counts(100, 0, [{ ...mean, success: null }]), { maxPercent: 10 })).toEqual([]);
  });
});
