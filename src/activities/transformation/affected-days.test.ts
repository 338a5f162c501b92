import { affectedDays, sourceDays } from './affected-days';

const january = Array.from({ length: 31 }, (_day, index) => `2024-01-${String(index + 1).padStart(2, '0')}`);

describe('affectedDays', () => {
  it('are the touched days and as many after each as the longest window is long', () => {
    expect(affectedDays(['2024-01-10', '2024-01-20'], [2, 3], january)).toEqual([
      ...january.slice(9, 13),
      ...january.slice(19, 23),
    ]);
  });

  it('cross the end of a month and a leap day', () => {
    const days = ['2024-02-28', '2024-02-29', '2024-03-01', '2024-03-02', '2024-03-03'];
    expect(affectedDays(['2024-02-28'], [3], days)).toEqual(days.slice(0, 4));
  });

  it('leave out days without rows, but follow a touched day that has lost its rows', () => {
    const days = january.filter((day) => day !== '2024-01-10' && day !== '2024-01-12');
    expect(affectedDays(['2024-01-10'], [3], days)).toEqual(['2024-01-11', '2024-01-13']);
  });

  it('are the touched days alone without windows', () => {
    expect(affectedDays(['2024-01-10'], [], january)).toEqual(['2024-01-10']);
    expect(affectedDays([], [30], january)).toEqual([]);
  });
});

describe('sourceDays', () => {
  it('are the affected days and as many before each as the longest window is long', () => {
    expect(sourceDays(['2024-01-10', '2024-01-20'], [2, 3], january)).toEqual([
      ...january.slice(6, 10),
      ...january.slice(16, 20),
    ]);
  });
});
