import { createCoalescer } from './coalescer';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createCoalescer', () => {
  it('joins the calls that arrive during a run and gives each its own results', async () => {
    const runs: (readonly number[])[] = [];
    const double = createCoalescer<number, number>(async (items) => {
      runs.push(items);
      await tick();
      return items.map((item) => item * 2);
    }, 10);
    await expect(Promise.all([double([1]), double([2, 3]), double([4])])).resolves.toEqual([
      [2],
      [4, 6],
      [8],
    ]);
    expect(runs).toEqual([[1], [2, 3, 4]]);
  });

  it('keeps a joint run below its limit but runs a larger call whole', async () => {
    const sizes: number[] = [];
    const count = createCoalescer<number, number>(async (items) => {
      sizes.push(items.length);
      await tick();
      return items;
    }, 3);
    await Promise.all([count([0]), count([1, 2]), count([3, 4]), count([5, 6, 7, 8, 9])]);
    expect(sizes).toEqual([1, 2, 2, 5]);
  });

  it('fails only the call at fault', async () => {
    const check = createCoalescer<number, number>(async (items) => {
      await tick();
      if (items.includes(13)) throw new RangeError('13 is not allowed');
      return items;
    }, 10);
    const calls = [check([1]), check([2]), check([13]), check([4])];
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    await expect(calls[2]).rejects.toThrow('13 is not allowed');
    await expect(check([5])).resolves.toEqual([5]);
  });
});
