import { setTimeout as sleep } from 'node:timers/promises';
import { createMemoryObjectStore } from '../adapters/object-store/memory';
import { claimed, type ClaimAddress } from './stage-claims';

const timing = { beatMs: 10, staleMs: 150, lookAgainMs: 5 };
const location = { bucket: 'lake', key: 'claim.json' };

function addresses(): (holder: string, signal?: AbortSignal) => ClaimAddress {
  const store = createMemoryObjectStore();
  return (holder, signal = new AbortController().signal) => ({
    store,
    location,
    holder,
    signal: () => signal,
    timing,
  });
}

/** Work that publishes when it ends, and counts how often it was done. */
function job(durationMs: number) {
  let result: string | undefined;
  let done = 0;
  return {
    times: () => done,
    reuse: () => Promise.resolve(result),
    make: async () => {
      done += 1;
      await sleep(durationMs);
      return (result ??= 'made');
    },
  };
}

test('of two that want the same at the same time one works, for longer than a claim lasts, and the other waits', async () => {
  const at = addresses();
  const { reuse, make, times } = job(400);
  const first = claimed(at('run-1'), reuse, make);
  await sleep(20);
  expect(await Promise.all([first, claimed(at('run-2'), reuse, make)])).toEqual(['made', 'made']);
  expect(times()).toBe(1);
});

test('a claim whose holder died is taken over', async () => {
  const at = addresses();
  await at('dead').store.createIfAbsent(location, {
    kind: 'bytes',
    bytes: Buffer.from('{"holder":"dead","beat":0}'),
  });
  const { reuse, make, times } = job(0);
  expect(await claimed(at('run-2'), reuse, make)).toBe('made');
  expect(times()).toBe(1);
});

test('a later attempt of the same run does not wait for the one that died', async () => {
  const at = addresses();
  const { reuse, make, times } = job(1_000);
  void claimed(at('run-1'), reuse, make);
  await sleep(20);
  void claimed(at('run-1'), reuse, make);
  await sleep(50);
  expect(times()).toBe(2);
});

test('who waits can be cancelled', async () => {
  const at = addresses();
  const { reuse, make } = job(300);
  const first = claimed(at('run-1'), reuse, make);
  await sleep(20);
  const cancelled = new AbortController();
  const second = claimed(at('run-2', cancelled.signal), reuse, make);
  cancelled.abort();
  await expect(second).rejects.toThrow('aborted');
  await first;
});

test('a failure frees the claim at once', async () => {
  const at = addresses();
  const { reuse, make } = job(0);
  await expect(claimed(at('run-1'), reuse, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(at('x').store.head(location)).rejects.toMatchObject({ code: 'NotFound' });
  expect(await claimed(at('run-2'), reuse, make)).toBe('made');
});
