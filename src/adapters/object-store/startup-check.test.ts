import type { ObjectStore } from '../../ports/object-store';
import { createMemoryObjectStore } from './memory';
import { assertConditionalWrites, assertVersioned } from './startup-check';

async function keysOf(store: ObjectStore): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('lake', '')) keys.push(key);
  return keys;
}

test('a store that honours conditional writes is accepted and left clean', async () => {
  const store = createMemoryObjectStore();
  await assertConditionalWrites(store, 'lake');
  expect(await keysOf(store)).toEqual([]);
});

test('a store that ignores If-None-Match is refused', async () => {
  const store = createMemoryObjectStore();
  const careless: ObjectStore = {
    ...store,
    createIfAbsent: async (location, body) => ({ created: true, head: await store.put(location, body) }),
  };
  await expect(assertConditionalWrites(careless, 'lake')).rejects.toMatchObject({
    code: 'UnsafeStore',
    fields: { condition: 'If-None-Match: *' },
  });
  expect(await keysOf(store)).toEqual([]);
});

test('a store that ignores If-Match is refused', async () => {
  const store = createMemoryObjectStore();
  const careless: ObjectStore = { ...store, replaceIfMatch: (location, body) => store.put(location, body) };
  await expect(assertConditionalWrites(careless, 'lake')).rejects.toMatchObject({
    code: 'UnsafeStore',
    fields: { condition: 'If-Match' },
  });
});

test('a missing bucket is reported as such', async () => {
  await expect(assertConditionalWrites(createMemoryObjectStore(), 'none')).rejects.toMatchObject({
    code: 'NotFound',
  });
});

test('a bucket that keeps versions is accepted and left clean', async () => {
  const store = createMemoryObjectStore();
  await assertVersioned(store, 'lake');
  expect(await keysOf(store)).toEqual([]);
});

test('a bucket without versions is refused, and the message says how to switch them on', async () => {
  const store = createMemoryObjectStore({ buckets: [], plainBuckets: ['lake'] });
  await expect(assertVersioned(store, 'lake')).rejects.toMatchObject({
    code: 'UnsafeStore',
    message: expect.stringContaining('put-bucket-versioning --bucket lake') as string,
  });
  expect(await keysOf(store)).toEqual([]);
});
