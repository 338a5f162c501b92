import { createMemoryObjectStore } from '../adapters/object-store/memory';
import { LAKE, PIPELINE, registerModel } from '../../test/support/registered-models';
import type { ObjectStore } from '../ports/object-store';
import { readAlias, swapAlias } from './registry';

let store: ObjectStore;
const champion = async (): Promise<number | undefined> =>
  (await readAlias(store, LAKE, PIPELINE, 'champion'))?.version;
const move = (to: number, from?: number): Promise<void> =>
  swapAlias(store, LAKE, PIPELINE, 'champion', to, from);

beforeEach(async () => {
  store = createMemoryObjectStore();
  await registerModel(store, 'v1');
  await registerModel(store, 'v2');
});

test('an alias moves from the expected version only', async () => {
  await move(1, 0);
  await expect(move(2, 0)).rejects.toMatchObject({
    code: 'CommitConflict',
    fields: { expected: 0, found: 1 },
  });
  expect(await champion()).toBe(1);
  await move(2, 1);
  expect(await champion()).toBe(2);
});

test('moving it where it already points is no conflict', async () => {
  await move(2);
  await move(2, 1);
  expect(await champion()).toBe(2);
});

test('of two that move it from the same version, one loses', async () => {
  await move(1);
  const moves = await Promise.allSettled([move(2, 1), move(0, 1)]);
  expect(moves.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});
