import { psi, total } from './drift';
import {
  alignHistograms,
  alignValues,
  edgeOf,
  groupByShare,
  histogramGrid,
  type Histogram,
} from './histogram';

/** The histogram that SQL makes of these values. */
function histogramOf(values: readonly number[], low: number, high: number): Histogram {
  const { widthExponent, firstBin, bins } = histogramGrid(low, high);
  const counts = new Array<number>(bins).fill(0);
  const tails = { below: 0, above: 0 };
  for (const value of values) {
    const bin = Math.floor(value / 2 ** widthExponent) - firstBin;
    if (bin < 0) tails.below += 1;
    else if (bin >= bins) tails.above += 1;
    else counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { widthExponent, firstBin, counts, ...tails };
}

const sequence = (count: number, value: (index: number) => number): readonly number[] =>
  Array.from({ length: count }, (_unused, index) => value(index));

describe('histogramGrid', () => {
  it.each([
    [0, 100],
    [-5, 5],
    [0.001, 0.0012],
    [1e9, 1.5e9],
    [-3e-7, 1e12],
  ])('cuts %d to %d into 20 to 42 bins that cover both ends', (low, high) => {
    const grid = histogramGrid(low, high);
    expect(grid.bins).toBeGreaterThanOrEqual(20);
    expect(grid.bins).toBeLessThanOrEqual(42);
    expect(edgeOf(grid, 0)).toBeLessThanOrEqual(low);
    expect(edgeOf(grid, grid.bins)).toBeGreaterThan(high);
  });

  it('gives each of a few whole numbers its own bin', () => {
    expect(histogramGrid(1, 12, 'whole')).toEqual({ widthExponent: 0, firstBin: 1, bins: 12 });
  });

  it.each([0, 7, -0.3, 1e300, 5e-324])('has one bin for nothing but %d', (value) => {
    expect(histogramGrid(value, value).bins).toBe(1);
    expect(Number.isFinite(edgeOf(histogramGrid(value, value), 1))).toBe(true);
  });
});

describe('alignHistograms', () => {
  it('brings different widths to the same bins without losing a row', () => {
    const fine = histogramOf(
      sequence(1000, (i) => i / 100),
      0,
      10,
    );
    const coarse = histogramOf(
      sequence(1000, (i) => i / 25),
      0,
      40,
    );
    const { expected, actual } = alignHistograms(fine, coarse);
    expect(expected).toHaveLength(actual.length);
    expect([total(expected), total(actual)]).toEqual([1000, 1000]);
    // 12 and more: what the first has none of.
    expect([expected.at(-1), actual.at(-1)]).toEqual([0, 700]);
  });

  it('finds nothing between two halves of one sequence, however their bins lie', () => {
    const even = histogramOf(
      sequence(5000, (i) => (i * 2) / 1000),
      0,
      10,
    );
    const odd = histogramOf(
      sequence(5000, (i) => (i * 2 + 1) / 1000),
      0.5,
      9.3,
    );
    const { expected, actual } = groupByShare(alignHistograms(even, odd));
    expect(psi(expected, actual)).toBeLessThan(0.001);
  });

  it('tells ranges apart that do not meet', () => {
    const near = histogramOf([1, 2, 3], 1, 3);
    const far = histogramOf([1e9, 2e9], 1e9, 2e9);
    const aligned = alignHistograms(near, far);
    expect(psi(aligned.expected, aligned.actual)).toBeGreaterThan(10);
  });

  it('tells a constant from what varies around it', () => {
    const constant = histogramOf(
      sequence(100, () => 0.3),
      0.3,
      0.3,
    );
    const varying = histogramOf(
      sequence(100, (i) => i / 100),
      0,
      1,
    );
    const { expected, actual } = groupByShare(alignHistograms(varying, constant));
    expect(psi(expected, actual)).toBeGreaterThan(1);
  });
});

describe('groupByShare', () => {
  it('makes ten groups of a flat distribution and keeps a heavy bin alone', () => {
    const flat = { expected: sequence(40, () => 5), actual: sequence(40, () => 1) };
    expect(groupByShare(flat)).toEqual({ expected: sequence(10, () => 20), actual: sequence(10, () => 4) });
    const heavy = { expected: [100, 1, 1, 1], actual: [1, 2, 3, 4] };
    expect(groupByShare(heavy)).toEqual({ expected: [100, 3], actual: [1, 9] });
  });

  it.each([
    [
      [0, 0, 10, 0, 10, 0, 0],
      [5, 6, 1, 1, 1, 7, 8],
      [0, 10, 10, 0],
      [11, 1, 2, 15],
    ],
    [[0, 0, 10, 0], [0, 0, 9, 0], [10], [9]],
  ])('keeps apart what lies outside of all expected rows: %j', (expected, actual, joined, counts) => {
    expect(groupByShare({ expected, actual })).toEqual({ expected: joined, actual: counts });
  });

  it('tells a constant from another one, on either side', () => {
    const [three, five] = [histogramOf([3, 3, 3], 3, 3), histogramOf([5, 5, 5], 5, 5)];
    for (const [before, now] of [
      [three, five],
      [five, three],
    ] as const) {
      const { expected, actual } = groupByShare(alignHistograms(before, now));
      expect(psi(expected, actual)).toBeGreaterThan(10);
    }
  });
});

test('values that only one side has count nothing on the other', () => {
  const aligned = alignValues(
    [
      { value: 'b', count: 2 },
      { value: 'a', count: 1 },
    ],
    [{ value: 'c', count: 5 }],
  );
  expect(aligned).toEqual({ values: ['a', 'b', 'c'], expected: [1, 2, 0], actual: [0, 0, 5] });
});
