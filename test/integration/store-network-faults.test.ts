import { createS3ObjectStore } from '../../src/adapters/object-store/s3';
import { assertConditionalWrites } from '../../src/adapters/object-store/startup-check';
import { sha256Hex } from '../../src/lake/digest';
import { readBytes } from '../../src/lake/streams';
import type { ObjectStore } from '../../src/ports/object-store';
import { text } from '../contract/object-store-harness';
import {
  SLOW_ANSWER_MS,
  startFaultyProxy,
  type FaultyProxy,
  type NetworkFault,
} from '../support/faulty-proxy';
import { startLakeServer, type LakeServer } from '../support/lake-server';

const IDLE_TIMEOUT_MS = 500;
/** More than the SDK tries within one call. */
const FOR_GOOD = 100;
const CONTENT = 'x'.repeat(10_000);
const UNAVAILABLE = { code: 'StoreUnavailable', name: 'TransientFailure' };

let lake: LakeServer;
let proxy: FaultyProxy;
let store: ObjectStore;
let count = 0;
const fresh = () => ({ bucket: 'lake', key: `faults/${count++}` });
const content = async (location: { readonly bucket: string; readonly key: string }): Promise<string> =>
  sha256Hex((await readBytes(store, location, 1e6)).bytes);

beforeAll(async () => {
  lake = await startLakeServer(['lake']);
  proxy = await startFaultyProxy(lake.server.endpoint);
  store = createS3ObjectStore({ ...lake.server, endpoint: proxy.endpoint, idleTimeoutMs: IDLE_TIMEOUT_MS });
});
afterEach(() => {
  proxy.disturb('500', 'PUT', 0);
});
afterAll(async () => {
  await proxy.stop();
  await lake.server.stop();
});

describe.each<NetworkFault>(['500', '503 SlowDown', 'lose-answer', 'hang'])('%s', (fault) => {
  test('once is repeated within the call, for a create and for a read', async () => {
    const location = fresh();
    proxy.disturb(fault, 'PUT', 1);
    expect(await store.createIfAbsent(location, text(CONTENT))).toMatchObject({ created: true });
    proxy.disturb(fault, 'GET', 1);
    expect(await content(location)).toBe(sha256Hex(CONTENT));
  });

  test('for good is a technical failure, which an activity retries', async () => {
    const location = fresh();
    proxy.disturb(fault, 'PUT', FOR_GOOD);
    await expect(store.createIfAbsent(location, text(CONTENT))).rejects.toMatchObject(UNAVAILABLE);
    await lake.store.put(location, text(CONTENT));
    proxy.disturb(fault, 'GET', FOR_GOOD);
    await expect(content(location)).rejects.toMatchObject(UNAVAILABLE);
  });
});

test('a body that is cut half-way is a technical failure, and the next reading is whole', async () => {
  const location = fresh();
  await store.put(location, text(CONTENT));
  proxy.disturb('cut', 'GET', 1);
  await expect(content(location)).rejects.toMatchObject(UNAVAILABLE);
  expect(await content(location)).toBe(sha256Hex(CONTENT));
});

test('a slow body that keeps moving is no failure, however much longer than the idle timeout it takes', async () => {
  const location = fresh();
  await store.put(location, text(CONTENT));
  const before = proxy.disturbed();
  proxy.disturb('slow', 'GET', 1);
  expect(SLOW_ANSWER_MS).toBeGreaterThan(2 * IDLE_TIMEOUT_MS);
  expect(await content(location)).toBe(sha256Hex(CONTENT));
  expect(proxy.disturbed()).toBe(before + 1);
});

test('a byte that changes on its way here is caught by the hash and fetched again; one that stays wrong is damage', async () => {
  const location = fresh();
  await store.put(location, text(CONTENT));
  const before = proxy.disturbed();
  proxy.disturb('flip-answer', 'GET', 1);
  expect(await content(location)).toBe(sha256Hex(CONTENT));
  expect(proxy.disturbed()).toBe(before + 1);
  proxy.disturb('flip-answer', 'GET', FOR_GOOD);
  await expect(content(location)).rejects.toMatchObject({ code: 'IntegrityError' });
});

test('a byte that changes on its way there is refused by the store, and the object is sent again', async () => {
  const location = fresh();
  const before = proxy.disturbed();
  proxy.disturb('flip-request', 'PUT', 1);
  await store.createIfAbsent(location, text(CONTENT));
  expect(proxy.disturbed()).toBe(before + 1);
  expect(await content(location)).toBe(sha256Hex(CONTENT));
});

test('a dropped If-None-Match is noticed by the signature: nothing is overwritten, and no worker starts', async () => {
  const location = fresh();
  await store.put(location, text(CONTENT));
  proxy.disturb('drop-condition', 'PUT', FOR_GOOD);
  await expect(store.createIfAbsent(location, text('other'))).rejects.toMatchObject({ code: 'AccessDenied' });
  expect(await content(location)).toBe(sha256Hex(CONTENT));
  await expect(assertConditionalWrites(store, 'lake')).rejects.toMatchObject({ code: 'AccessDenied' });
});
