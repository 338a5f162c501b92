import { splitPeriods, type PeriodBytes } from './split-periods';

const days = (count: number, bytes: number): readonly PeriodBytes[] =>
  Array.from({ length: count }, (_day, index) => ({
    period: new Date(Date.UTC(2013, 0, 1 + index)).toISOString().slice(0, 10),
    bytes,
  }));

test('what weighs less than the limit stays together', () => {
  expect(splitPeriods(days(10, 99), { splitBytes: 1_000 })).toEqual([]);
});

test('what weighs more is cut, in order, into groups of a quarter of the limit', () => {
  const groups = splitPeriods(days(10, 100), { splitBytes: 1_000 });
  expect(groups.map((group) => group.length)).toEqual([2, 3, 2, 3]);
  expect(groups.flat()).toEqual(days(10, 100).map(({ period }) => period));
});

test('a group is not cut shorter than the windows need', () => {
  expect(
    splitPeriods(days(10, 1_000), { splitBytes: 1_000, minDays: 4 }).map((group) => group.length),
  ).toEqual([4, 4, 2]);
});

test('there are never more than 200 groups', () => {
  const groups = splitPeriods(days(3_651, 1_000_000), { splitBytes: 1_000 });
  expect(groups.length).toBeLessThanOrEqual(200);
  expect(groups.length).toBeGreaterThan(150);
});

test('one period cannot be cut: it stays where it is', () => {
  expect(splitPeriods(days(1, 10_000), { splitBytes: 1_000 })).toEqual([]);
});
