import { affectedPeriods, sourcePeriods } from './affected-periods';

const january = Array.from({ length: 31 }, (_day, index) => `2024-01-${String(index + 1).padStart(2, '0')}`);

describe('affectedPeriods', () => {
  it('are the touched days and as many after each as the longest window is long', () => {
    expect(affectedPeriods(['2024-01-10', '2024-01-20'], [2, 3], january)).toEqual([
      ...january.slice(9, 13),
      ...january.slice(19, 23),
    ]);
  });

  it('cross the end of a month and a leap day', () => {
    const days = ['2024-02-28', '2024-02-29', '2024-03-01', '2024-03-02', '2024-03-03'];
    expect(affectedPeriods(['2024-02-28'], [3], days)).toEqual(days.slice(0, 4));
  });

  it('leave out days without rows, but follow a touched day that has lost its rows', () => {
    const days = january.filter((day) => day !== '2024-01-10' && day !== '2024-01-12');
    expect(affectedPeriods(['2024-01-10'], [3], days)).toEqual(['2024-01-11', '2024-01-13']);
  });

  it('are the touched days alone without windows', () => {
    expect(affectedPeriods(['2024-01-10'], [], january)).toEqual(['2024-01-10']);
    expect(affectedPeriods([], [30], january)).toEqual([]);
  });
});

describe('sourcePeriods', () => {
  it('are the affected days and as many before each as the longest window is long', () => {
    expect(sourcePeriods(['2024-01-10', '2024-01-20'], [2, 3], january)).toEqual([
      ...january.slice(6, 10),
      ...january.slice(16, 20),
    ]);
  });
});

describe('months and years', () => {
  const months = ['2023-11', '2023-12', '2024-01', '2024-02', '2024-03', '2024-04'];

  it('are affected as far as windows reach beyond their end, and computed from as far as they reach back', () => {
    expect(affectedPeriods(['2024-01'], [1], months)).toEqual(['2024-01', '2024-02']);
    expect(affectedPeriods(['2024-01'], [29, 30], months)).toEqual(['2024-01', '2024-02', '2024-03']);
    expect(affectedPeriods(['2024-01'], [29], months)).toEqual(['2024-01', '2024-02']);
    expect(sourcePeriods(['2024-03'], [29], months)).toEqual(['2024-02', '2024-03']);
    expect(sourcePeriods(['2024-03'], [30], months)).toEqual(['2024-01', '2024-02', '2024-03']);
    expect(affectedPeriods(['2023'], [366], ['2022', '2023', '2024', '2025'])).toEqual(['2023', '2024']);
    expect(affectedPeriods(['2023'], [367], ['2022', '2023', '2024', '2025'])).toEqual([
      '2023',
      '2024',
      '2025',
    ]);
  });

  it('are touched alone without windows', () => {
    expect(affectedPeriods(['2024-01', '2023-11'], [], months)).toEqual(['2023-11', '2024-01']);
  });
});
