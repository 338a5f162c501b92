/** A share of rows below this counts as this: an empty bin would make the index infinite. */
const SMALLEST_SHARE = 1e-4;

/** From here on a distribution has moved a little; N. Siddiqi, Credit Risk Scorecards, Wiley 2006. */
export const MODERATE_PSI = 0.1;
/** From here on it is another one; same source. */
export const STRONG_PSI = 0.25;

/** 95 % quantile of the standard normal distribution. */
const Z_95 = 1.6449;

/**
 * `unclear`: as large as that by chance alone, so few are the rows. `strong` and `moderate` are beyond chance.
 */
export type DriftLevel = 'stable' | 'moderate' | 'strong' | 'unclear';

/**
 * Population stability index, Σ (aᵢ − eᵢ) · ln(aᵢ / eᵢ) over the shares of rows in each bin: the symmetric
 * Kullback-Leibler divergence (H. Jeffreys 1946; as PSI in N. Siddiqi, Credit Risk Scorecards, Wiley 2006).
 *
 * @param expected rows per bin of what the rows are compared with
 * @param actual rows per bin of the rows themselves, bins in the same order
 * @returns 0 = the same distribution; undefined when either side has no rows
 * @throws RangeError when the two differ in their number of bins
 */
export function psi(expected: readonly number[], actual: readonly number[]): number | undefined {
  if (expected.length !== actual.length) {
    throw new RangeError(
      `Bins of both sides must be the same [expected=${expected.length}, actual=${actual.length}]`,
    );
  }
  const [expectedRows, actualRows] = [total(expected), total(actual)];
  if (expectedRows === 0 || actualRows === 0) return undefined;
  return expected.reduce((sum, count, bin) => {
    const before = Math.max(count / expectedRows, SMALLEST_SHARE);
    const now = Math.max((actual[bin] ?? 0) / actualRows, SMALLEST_SHARE);
    return sum + (now - before) * Math.log(now / before);
  }, 0);
}

/**
 * The index that two samples of one and the same distribution stay below in 95 of 100 cases: it follows
 * (1/N + 1/M) · χ²(B − 1), here with the normal approximation of χ² (B. Yurdakul, J. Naranjo, Statistical properties
 * of the population stability index, Journal of Risk Model Validation 14(4), 2020).
 */
export function psiByChance(expectedRows: number, actualRows: number, bins: number): number {
  if (expectedRows === 0 || actualRows === 0) return Number.POSITIVE_INFINITY;
  const freedom = Math.max(bins - 1, 0);
  return (1 / expectedRows + 1 / actualRows) * (freedom + Z_95 * Math.sqrt(2 * freedom));
}

export function driftLevel(index: number, byChance = 0): DriftLevel {
  if (index < MODERATE_PSI) return 'stable';
  if (index <= byChance) return 'unclear';
  return index < STRONG_PSI ? 'moderate' : 'strong';
}

export function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
