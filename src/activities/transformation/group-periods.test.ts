import { groupPeriods, spanOf } from './group-periods';

const months = (...rows: readonly number[]) =>
  rows.map((count, index) => ({ period: `2024-${String(index + 1).padStart(2, '0')}`, rows: count }));
const shape = (groups: ReturnType<typeof groupPeriods>) =>
  groups.map((group) => group.map(({ rows }) => rows));

describe('groupPeriods', () => {
  it('keeps the order and loses no period', () => {
    const input = months(300_000, 200_000, 10_000, 5, 599_999, 1, 7);
    expect(groupPeriods(input, { lanes: 2 }).flat()).toEqual(input);
  });

  it('keeps what is large apart from what is small', () => {
    const input = months(100_000, 100_000, 900_000, 1, 1);
    expect(shape(groupPeriods(input, { lanes: 2 }))).toEqual([[100_000, 100_000], [900_000], [1, 1]]);
  });

  it('makes about equal groups, as many for each lane', () => {
    const groups = groupPeriods(months(...Array.from({ length: 12 }, () => 60_000)), { lanes: 2 });
    expect(shape(groups).map(({ length }) => length)).toEqual([3, 3, 3, 3]);
  });

  it('gives each lane its share, but no lane next to nothing', () => {
    expect(shape(groupPeriods(months(40_000, 40_000, 40_000, 40_000), { lanes: 2 }))).toEqual([
      [40_000, 40_000],
      [40_000, 40_000],
    ]);
    expect(shape(groupPeriods(months(5_000, 5_000, 5_000, 5_000), { lanes: 2 }))).toHaveLength(1);
  });

  it('makes no group shorter than asked, so that what windows see is not read again for each', () => {
    const input = months(300_000, 300_000, 300_000, 300_000);
    expect(shape(groupPeriods(input, { lanes: 2, minDays: 60 })).map(({ length }) => length)).toEqual([2, 2]);
    expect(shape(groupPeriods(input, { lanes: 2, minDays: 61 })).map(({ length }) => length)).toEqual([3, 1]);
  });

  it('makes no group of no periods', () => {
    expect(groupPeriods([], { lanes: 2 })).toEqual([]);
  });
});

it('a group spans all days of its periods', () => {
  expect(spanOf(months(1, 1))).toEqual({ from: '2024-01-01', to: '2024-02-29' });
});
