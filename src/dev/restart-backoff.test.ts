import { countFailures, restartDelayMs } from './restart-backoff';

test('the delay doubles from 0.2 s and stays at 5 s', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 50].map(restartDelayMs)).toEqual([
    200, 400, 800, 1600, 3200, 5000, 5000, 5000,
  ]);
});

test('a process that ran for 30 s starts again from the shortest delay', () => {
  expect(countFailures(6, 29_999)).toBe(7);
  expect(countFailures(6, 30_000)).toBe(1);
});
