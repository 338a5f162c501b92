import type { BatchCounts, ExpectationReport } from './quality-report';
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
  onFail,
  success: unexpectedCount === 0,
  unexpectedCount,
  unexpectedPercent: 0,
  elementCount: 100,
  sample: [],
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
});
