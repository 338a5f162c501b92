import { setTimeout as sleep } from 'node:timers/promises';
import { oneAhead } from './one-ahead';

test('results come in order; while one is used, the next one is made, and no more', async () => {
  const events: string[] = [];
  const work = async (item: number): Promise<number> => {
    events.push(`make ${item}`);
    await sleep(1);
    return item * 10;
  };
  for await (const result of oneAhead([1, 2, 3], work)) {
    await sleep(10);
    events.push(`used ${result}`);
  }
  expect(events).toEqual(['make 1', 'make 2', 'used 10', 'make 3', 'used 20', 'used 30']);
});

test('nothing comes of nothing', async () => {
  for await (const result of oneAhead([], () => Promise.resolve(1))) throw new Error(`unexpected ${result}`);
});

test('a failure is thrown in its turn, however early it came', async () => {
  const used: number[] = [];
  const run = async (): Promise<void> => {
    const work = (item: number): Promise<number> =>
      item === 2 ? Promise.reject(new Error('second')) : Promise.resolve(item);
    for await (const result of oneAhead([1, 2, 3], work)) {
      await sleep(10);
      used.push(result);
    }
  };
  await expect(run()).rejects.toThrow('second');
  expect(used).toEqual([1]);
});

test('whoever leaves early waits for the work under way, and none is begun', async () => {
  const settled: number[] = [];
  const work = async (item: number): Promise<number> => {
    await sleep(item * 10);
    settled.push(item);
    if (item === 2) throw new Error('nobody asks for it any more');
    return item;
  };
  const run = async (): Promise<void> => {
    for await (const result of oneAhead([1, 2, 3], work)) throw new Error(`left at ${result}`);
  };
  await expect(run()).rejects.toThrow('left at 1');
  expect(settled).toEqual([1, 2]);
});
