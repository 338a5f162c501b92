import { groupDays } from './group-days';

const days = (...rows: readonly number[]) => rows.map((count, index) => ({ day: `d${index}`, rows: count }));
const shape = (groups: ReturnType<typeof groupDays>) => groups.map((group) => group.map(({ rows }) => rows));

describe('groupDays', () => {
  it('keeps the order and loses no day', () => {
    const input = days(30_000, 20_000, 10_000, 5, 59_999, 1, 7);
    expect(groupDays(input).flat()).toEqual(input);
  });

  it('begins a new group once the last one has enough rows', () => {
    expect(shape(groupDays(days(30_000, 20_000, 10_000, 5)))).toEqual([[30_000, 20_000, 10_000], [5]]);
  });

  it('gives a large day a group in which nothing follows', () => {
    expect(shape(groupDays(days(1, 1_000_000, 1)))).toEqual([[1, 1_000_000], [1]]);
  });

  it('makes no group of no days', () => {
    expect(groupDays([])).toEqual([]);
  });
});
