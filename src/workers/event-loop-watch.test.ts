import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_LOOP_LIMIT_MS, watchEventLoop } from './event-loop-watch';

/** Without using the processor, so that the machine's load does not show in it. */
function blockMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('a standstill beyond the limit is reported with its length', async () => {
  const reported: number[] = [];
  const watch = watchEventLoop((ms) => reported.push(ms));
  await sleep(50);
  blockMs(2 * EVENT_LOOP_LIMIT_MS);
  await sleep(50);
  watch.stop();
  expect(Math.max(...reported)).toBeGreaterThan(1.5 * EVENT_LOOP_LIMIT_MS);
  expect(watch.longestMs()).toBe(Math.max(...reported));
});

test('a loop that stands still for less is not reported', async () => {
  const reported: number[] = [];
  const watch = watchEventLoop((ms) => reported.push(ms));
  await sleep(200);
  watch.stop();
  expect(reported).toEqual([]);
  expect(watch.longestMs()).toBeLessThan(EVENT_LOOP_LIMIT_MS);
});
