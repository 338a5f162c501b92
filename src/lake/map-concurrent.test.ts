import { mapConcurrent } from './map-concurrent';

test('keeps the order and never exceeds the limit', async () => {
  let under = 0;
  let most = 0;
  const results = await mapConcurrent([5, 1, 4, 2, 3], 2, async (milliseconds) => {
    most = Math.max(most, (under += 1));
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    under -= 1;
    return milliseconds * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test('throws the first failure after the calls under way have settled, and starts no more', async () => {
  const started: number[] = [];
  let settled = false;
  const run = mapConcurrent([1, 2, 3, 4], 2, async (item) => {
    started.push(item);
    if (item === 1) throw new Error('first');
    await new Promise((resolve) => setTimeout(resolve, 10));
    settled = true;
  });
  await expect(run).rejects.toThrow('first');
  expect(settled).toBe(true);
  expect(started).toEqual([1, 2]);
});
