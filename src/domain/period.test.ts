import {
  daySpans,
  firstDay,
  lastDay,
  partitionColumns,
  periodFolder,
  periodOf,
  periodOfPath,
  sliceDays,
} from './period';

describe('a period', () => {
  it.each([
    ['day', '2024-02-29', '2024-02-29', '2024-02-29', 'year=2024/month=02/day=29'],
    ['month', '2024-02', '2024-02-01', '2024-02-29', 'year=2024/month=02'],
    ['month', '2023-12', '2023-12-01', '2023-12-31', 'year=2023/month=12'],
    ['year', '2024', '2024-01-01', '2024-12-31', 'year=2024'],
    ['month', '0099-02', '0099-02-01', '0099-02-28', 'year=0099/month=02'],
    ['month', '9999-12', '9999-12-01', '9999-12-31', 'year=9999/month=12'],
  ] as const)('of a %s: %s has its days and its folder', (unit, period, from, to, folder) => {
    expect([firstDay(period), lastDay(period)]).toEqual([from, to]);
    expect([periodOf(from, unit), periodOf(to, unit)]).toEqual([period, period]);
    expect(periodFolder(period)).toBe(folder);
    expect(periodOfPath(`${folder}/part-0.parquet`)).toBe(period);
    expect(folder.match(/\w+(?==)/g)).toEqual(partitionColumns(unit));
  });

  it.each([
    'part-0.parquet',
    'region=eu/part-0.parquet',
    'year=2024/day=01/part-0.parquet',
    'year=24/part-0.parquet',
  ])('is nowhere in %s', (path) => {
    expect(periodOfPath(path)).toBeUndefined();
  });
});

it('neighbouring periods share a span of days', () => {
  expect(daySpans(['2024-01', '2023-12', '2024-03'])).toEqual([
    { from: '2023-12-01', to: '2024-01-31' },
    { from: '2024-03-01', to: '2024-03-31' },
  ]);
  expect(daySpans(['2024-02-29', '2024-03-01'])).toEqual([{ from: '2024-02-29', to: '2024-03-01' }]);
  expect(daySpans([])).toEqual([]);
});

test('days are taken a few at a time, none left out and none twice', () => {
  const span = (from: string, to: string): { from: string; to: string } => ({ from, to });
  expect(sliceDays([], 3)).toEqual([]);
  expect(
    sliceDays(
      [span('2024-01-01', '2024-01-01'), span('2024-01-04', '2024-01-08'), span('2024-02-01', '2024-02-03')],
      4,
    ),
  ).toEqual([
    [span('2024-01-01', '2024-01-01'), span('2024-01-04', '2024-01-06')],
    [span('2024-01-07', '2024-01-08'), span('2024-02-01', '2024-02-02')],
    [span('2024-02-03', '2024-02-03')],
  ]);
});
