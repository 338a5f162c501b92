import { groupPeriods } from './group-periods';

const periods = (...rows: readonly number[]) =>
  rows.map((count, index) => ({ period: `d${index}`, rows: count }));
const shape = (groups: ReturnType<typeof groupPeriods>) =>
  groups.map((group) => group.map(({ rows }) => rows));

describe('groupPeriods', () => {
  it('keeps the order and loses no period', () => {
    const input = periods(30_000, 20_000, 10_000, 5, 59_999, 1, 7);
    expect(groupPeriods(input).flat()).toEqual(input);
  });

  it('begins a new group once the last one has enough rows', () => {
    expect(shape(groupPeriods(periods(30_000, 20_000, 10_000, 5)))).toEqual([[30_000, 20_000, 10_000], [5]]);
  });

  it('gives a large period a group in which nothing follows', () => {
    expect(shape(groupPeriods(periods(1, 1_000_000, 1)))).toEqual([[1, 1_000_000], [1]]);
  });

  it('makes no group of no periods', () => {
    expect(groupPeriods([])).toEqual([]);
  });
});
