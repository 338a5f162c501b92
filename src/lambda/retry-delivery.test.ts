import { retryDelivery } from './retry-delivery';

const FAST = { deadlineMs: 2_000, firstDelayMs: 1, maxDelayMs: 4 };
const never = (): boolean => false;
const idle = new AbortController().signal;

function failing(times: number): { deliver: () => Promise<void>; readonly calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    deliver: () => {
      calls += 1;
      return calls > times ? Promise.resolve() : Promise.reject(new Error(`refused ${calls}`));
    },
  };
}

test('delivery is repeated until it succeeds', async () => {
  const { deliver, calls } = failing(3);
  await retryDelivery(deliver, never, idle, FAST);
  expect(calls()).toBe(4);
});

test('a hopeless error ends it at once', async () => {
  const { deliver, calls } = failing(3);
  await expect(retryDelivery(deliver, () => true, idle, FAST)).rejects.toThrow('refused 1');
  expect(calls()).toBe(1);
});

test('the deadline ends it with the last error', async () => {
  const { deliver, calls } = failing(Infinity);
  const policy = { deadlineMs: 60, firstDelayMs: 10, maxDelayMs: 10 };
  await expect(retryDelivery(deliver, never, idle, policy)).rejects.toThrow(/refused \d+/);
  expect(calls()).toBeGreaterThan(1);
  expect(calls()).toBeLessThanOrEqual(7);
});

test('stopping ends the pause, after one last attempt', async () => {
  const stopping = new AbortController();
  const { deliver, calls } = failing(Infinity);
  const policy = { deadlineMs: 60_000, firstDelayMs: 30_000, maxDelayMs: 30_000 };
  const outcome = retryDelivery(deliver, never, stopping.signal, policy);
  await new Promise((resolve) => setTimeout(resolve, 20));
  stopping.abort();
  await expect(outcome).rejects.toThrow('refused 2');
  expect(calls()).toBe(2);
});
