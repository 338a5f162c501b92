import { driftLevel, psi, psiByChance } from './drift';

describe('psi', () => {
  it('is the sum of share differences times the logarithm of their ratio', () => {
    // (0.3 - 0.5) ln(0.3/0.5) + (0.7 - 0.5) ln(0.7/0.5)
    expect(psi([50, 50], [3, 7])).toBeCloseTo(0.102165 + 0.067294, 5);
  });

  it('is zero for equal shares of different numbers of rows', () => {
    expect(psi([10, 20, 70], [1000, 2000, 7000])).toBeCloseTo(0, 12);
  });

  it('is the same in both directions', () => {
    expect(psi([5, 95], [60, 40])).toBeCloseTo(psi([60, 40], [5, 95]) ?? NaN, 12);
  });

  it('counts an empty bin as one row in ten thousand, so that it stays finite', () => {
    expect(psi([100, 0], [0, 100])).toBeCloseTo(2 * (1 - 1e-4) * Math.log(1e4), 6);
  });

  it('has no value when either side is empty, and refuses different bins', () => {
    expect(psi([0, 0], [1, 2])).toBeUndefined();
    expect(psi([1, 2], [0, 0])).toBeUndefined();
    expect(() => psi([1], [1, 2])).toThrow('[expected=1, actual=2]');
  });
});

describe('driftLevel', () => {
  it.each([
    [0.0999, 0, 'stable'],
    [0.1, 0, 'moderate'],
    [0.2499, 0, 'moderate'],
    [0.25, 0, 'strong'],
    [0.25, 0.3, 'unclear'],
    [0.05, 0.3, 'stable'],
  ])('calls %d with %d by chance %s', (index, byChance, level) => {
    expect(driftLevel(index, byChance)).toBe(level);
  });

  it('tells the noise of few rows from a change: 95 of 100 samples of one distribution stay below it', () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const sample = (): number[] => {
      const counts = new Array<number>(10).fill(0);
      for (let row = 0; row < 1000; row += 1) {
        const bin = Math.floor(random() * 10);
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
      return counts;
    };
    const bound = psiByChance(1000, 1000, 10);
    const below = Array.from({ length: 1000 }, () => psi(sample(), sample()) ?? NaN).filter(
      (x) => x <= bound,
    );
    expect(below.length).toBeGreaterThan(910);
    expect(below.length).toBeLessThan(985);
  });

  it('knows nothing without rows', () => {
    expect(psiByChance(0, 10, 5)).toBe(Infinity);
  });
});
