import { total } from './drift';

/**
 * Exact counts of a number's values in bins of equal width. The width is a power of two and edges are its multiples,
 * so any two histograms can be brought to the same bins without touching a row again. What lies far outside is
 * counted as `below` and `above`: one odd value does not flatten the rest.
 */
export interface Histogram {
  /** The width of a bin is 2 to this power. */
  readonly widthExponent: number;
  /** The first bin starts at this multiple of the width. */
  readonly firstBin: number;
  readonly counts: readonly number[];
  readonly below: number;
  readonly above: number;
}

/** Where the bins lie. */
type HistogramScale = Pick<Histogram, 'widthExponent' | 'firstBin'>;
export type HistogramGrid = HistogramScale & { readonly bins: number };

/** Between this and twice this many bins, but for values that are all the same. */
const MIN_BINS = 20;

/** The grid for values most of which lie between `low` and `high`; whole numbers never get bins narrower than one. */
export function histogramGrid(low: number, high: number, kind: 'whole' | 'real' = 'real'): HistogramGrid {
  // No finer than doubles can tell apart at this size, and no power that is no double itself.
  const largest = Math.max(Math.abs(low), Math.abs(high), 2 ** -900);
  const finest = kind === 'whole' ? 0 : Math.ceil(Math.log2(largest)) - 48;
  const widthExponent = Math.max(Math.floor(Math.log2(Math.max((high - low) / MIN_BINS, 0))), finest);
  const width = 2 ** widthExponent;
  const firstBin = Math.floor(low / width);
  return { widthExponent, firstBin, bins: Math.floor(high / width) - firstBin + 1 };
}

/** Left edge of a bin. */
export function edgeOf({ widthExponent, firstBin }: HistogramScale, bin: number): number {
  return (firstBin + bin) * 2 ** widthExponent;
}

export interface AlignedCounts {
  readonly expected: readonly number[];
  readonly actual: readonly number[];
}

/** Both histograms in the same bins: the coarser width, over the range that both tell apart, and the tails. */
export function alignHistograms(expected: Histogram, actual: Histogram): AlignedCounts {
  const widthExponent = Math.max(expected.widthExponent, actual.widthExponent);
  const [left, right] = [coarsen(expected, widthExponent), coarsen(actual, widthExponent)];
  const first = Math.max(left.firstBin, right.firstBin);
  const last = Math.min(lastBin(left), lastBin(right));
  // Ranges that do not meet: an edge between them keeps them apart.
  const [low, high] = first <= last ? [first, last] : [last + 1, last];
  return { expected: clip(left, low, high), actual: clip(right, low, high) };
}

function lastBin({ firstBin, counts }: Histogram): number {
  return firstBin + counts.length - 1;
}

function coarsen(histogram: Histogram, widthExponent: number): Histogram {
  const factor = 2 ** (widthExponent - histogram.widthExponent);
  const firstBin = Math.floor(histogram.firstBin / factor);
  const bins = Math.floor(lastBin(histogram) / factor) - firstBin + 1;
  const counts = new Array<number>(bins).fill(0);
  histogram.counts.forEach((count, index) => {
    const bin = Math.floor((histogram.firstBin + index) / factor) - firstBin;
    counts[bin] = (counts[bin] ?? 0) + count;
  });
  return { ...histogram, widthExponent, firstBin, counts };
}

/** What is below `low`, each bin from `low` to `high`, what is above. */
function clip({ firstBin, counts, below, above }: Histogram, low: number, high: number): readonly number[] {
  const clipped = [below, ...new Array<number>(high - low + 1).fill(0), above];
  counts.forEach((count, index) => {
    const position = Math.min(Math.max(firstBin + index - low + 1, 0), clipped.length - 1);
    clipped[position] = (clipped[position] ?? 0) + count;
  });
  return clipped;
}

/** Deciles are what the thresholds of the PSI were made for. */
const GROUPS = 10;

/**
 * Joins neighbouring bins until each group holds at least a tenth of the expected rows. What lies where no row was
 * expected, below or above all of them, is a group of its own.
 */
export function groupByShare({ expected, actual }: AlignedCounts): AlignedCounts {
  const first = expected.findIndex((count) => count > 0);
  const last = expected.findLastIndex((count) => count > 0);
  const share = total(expected) / GROUPS;
  const groups: { expected: number; actual: number }[] = [];
  expected.forEach((count, bin) => {
    const group = groups.at(-1);
    const now = actual[bin] ?? 0;
    const isEdge = bin === first || bin === last + 1;
    if (!group || isEdge || group.expected >= share) groups.push({ expected: count, actual: now });
    else {
      group.expected += count;
      group.actual += now;
    }
  });
  const used = groups.filter((group) => group.expected > 0 || group.actual > 0);
  return { expected: used.map((group) => group.expected), actual: used.map((group) => group.actual) };
}

/** Counts by value on both sides; a value that only one side has counts 0 on the other. */
export function alignValues(
  expected: readonly ValueCount[],
  actual: readonly ValueCount[],
): AlignedCounts & { readonly values: readonly string[] } {
  const before = new Map(expected.map(({ value, count }) => [value, count]));
  const now = new Map(actual.map(({ value, count }) => [value, count]));
  const values = [...new Set([...before.keys(), ...now.keys()])].sort();
  return {
    values,
    expected: values.map((value) => before.get(value) ?? 0),
    actual: values.map((value) => now.get(value) ?? 0),
  };
}

export interface ValueCount {
  readonly value: string;
  readonly count: number;
}
