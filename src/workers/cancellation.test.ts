import { setTimeout as sleep } from 'node:timers/promises';
import { createMemoryObjectStore } from '../adapters/object-store/memory';
import { cancellableStore, untilCancelled } from './cancellation';

const never = (): Promise<never> => new Promise(() => undefined);
const stopped = new Error('stopped');

test('what is under way is given up after its patience, with the reason of the cancellation', async () => {
  const controller = new AbortController();
  const work = untilCancelled(never, controller.signal, 20);
  controller.abort(stopped);
  await expect(work).rejects.toBe(stopped);
});

test('a write that ends within the patience has ended as it ends', async () => {
  const controller = new AbortController();
  const work = untilCancelled(() => sleep(20, 'written'), controller.signal);
  controller.abort(stopped);
  await expect(work).resolves.toBe('written');
});

test('tidying may go on after the cancellation, but not for ever', async () => {
  const signal = AbortSignal.abort(stopped);
  await expect(untilCancelled(() => sleep(10, 'tidied'), signal)).resolves.toBe('tidied');
  await expect(untilCancelled(never, signal)).rejects.toBe(stopped);
});

test('a store that never answers keeps no reader', async () => {
  const controller = new AbortController();
  const silent = { ...createMemoryObjectStore(), head: never, list: () => silence() };
  const store = cancellableStore(silent, () => controller.signal);
  const head = store.head({ bucket: 'lake', key: 'a' });
  const list = store.list('lake', '')[Symbol.asyncIterator]().next();
  controller.abort(stopped);
  await expect(head).rejects.toBe(stopped);
  await expect(list).rejects.toBe(stopped);
});

function silence(): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: never }) };
}
