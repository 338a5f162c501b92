import { createS3ObjectStore } from '../../src/adapters/object-store/s3';
import { assertConditionalWrites, assertVersioned } from '../../src/adapters/object-store/startup-check';
import { commit } from '../../src/lake/delta/commit';
import { readSnapshot } from '../../src/lake/delta/log';
import { sha256Hex } from '../../src/lake/digest';
import { readBytes } from '../../src/lake/streams';
import { describeObjectStoreContract } from '../contract/object-store.contract';
import { text } from '../contract/object-store-harness';
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy';
import { startLakeServer, type LakeServer } from '../support/lake-server';

describeObjectStoreContract('versitygw', async () => {
  const { server, store } = await startLakeServer(['versioned'], ['plain']);
  return { store, versionedBucket: 'versioned', plainBucket: 'plain', stop: server.stop };
});

describe('the S3 adapter', () => {
  let lake: LakeServer;
  beforeAll(async () => {
    lake = await startLakeServer(['lake'], ['plain']);
  });
  afterAll(() => lake.server.stop());

  test('versitygw passes the start-up check, and a bucket without versioning is told from one with it', async () => {
    await assertConditionalWrites(lake.store, 'lake');
    await assertConditionalWrites(lake.store, 'plain');
    await assertVersioned(lake.store, 'lake');
    await expect(assertVersioned(lake.store, 'plain')).rejects.toMatchObject({ code: 'UnsafeStore' });
  });

  test('a store that is not there is unavailable, and the message says where to look', async () => {
    const nowhere = createS3ObjectStore({ ...lake.server, endpoint: 'http://127.0.0.1:1' });
    const failure = {
      code: 'StoreUnavailable',
      message: expect.stringContaining('AWS_ENDPOINT_URL_S3') as string,
    };
    await expect(nowhere.head({ bucket: 'lake', key: 'a' })).rejects.toMatchObject(failure);
    await expect(nowhere.put({ bucket: 'lake', key: 'a' }, text('x'))).rejects.toMatchObject(failure);
  });

  test('wrong credentials are permanent, and the message says what to check', async () => {
    const credentials = { ...lake.server.credentials, secretAccessKey: 'wrong' };
    const stranger = createS3ObjectStore({ ...lake.server, credentials });
    await expect(stranger.put({ bucket: 'lake', key: 'a' }, text('x'))).rejects.toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining('AWS_SECRET_ACCESS_KEY') as string,
    });
  });

  test('an object where a folder should be is a clash that the message explains', async () => {
    await lake.store.put({ bucket: 'lake', key: 'clash' }, text('x'));
    await expect(lake.store.put({ bucket: 'lake', key: 'clash/inner' }, text('x'))).rejects.toMatchObject({
      code: 'StoreUnavailable',
      message: expect.stringContaining('"x" and "x/y" cannot both exist') as string,
    });
  });

  test('a store that dies while a body is read is a technical failure, and a retry succeeds after its restart', async () => {
    const location = { bucket: 'lake', key: 'big' };
    const bytes = Buffer.alloc(40_000_000, 'x');
    await lake.store.put(location, { kind: 'bytes', bytes });
    const { body } = await lake.store.open(location);
    const readOn = async (): Promise<number> => {
      let total = 0;
      for await (const chunk of body) {
        if (total === 0) await lake.server.crash();
        total += (chunk as Uint8Array).length;
      }
      return total;
    };
    await expect(readOn()).rejects.toMatchObject({ code: 'StoreUnavailable' });
    await lake.server.restart();
    const again = await readBytes(lake.store, location, bytes.length);
    expect(sha256Hex(again.bytes)).toBe(sha256Hex(bytes));
  });

  describe('when answers get lost', () => {
    let proxy: FaultyProxy;
    beforeAll(async () => {
      proxy = await startFaultyProxy(lake.server.endpoint);
    });
    afterAll(() => proxy.stop());

    test('a create whose answer was lost is recognised as our own when the SDK repeats it', async () => {
      const store = createS3ObjectStore({ ...lake.server, endpoint: proxy.endpoint });
      const location = { bucket: 'lake', key: 'token/create' };
      const before = proxy.disturbed();
      proxy.disturb('lose-answer', 'PUT', 1);
      const result = await store.createIfAbsent(location, text('mine'));
      expect(proxy.disturbed()).toBe(before + 1);
      expect(result).toMatchObject({ created: true, head: { sha256: sha256Hex('mine') } });
      expect(await store.createIfAbsent(location, text('mine'))).toMatchObject({ created: false });
    });

    test('a replacement whose answer was lost is recognised as our own', async () => {
      const store = createS3ObjectStore({ ...lake.server, endpoint: proxy.endpoint });
      const location = { bucket: 'lake', key: 'token/replace' };
      const { etag } = await store.put(location, text('one'));
      proxy.disturb('lose-answer', 'PUT', 1);
      const replaced = await store.replaceIfMatch(location, text('two'), etag);
      expect(replaced).toMatchObject({ sha256: sha256Hex('two') });
      expect(replaced?.etag).toBe((await lake.store.head(location)).etag);
    });

    test('a rival’s object is not taken for ours', async () => {
      const store = createS3ObjectStore({ ...lake.server, endpoint: proxy.endpoint });
      const location = { bucket: 'lake', key: 'token/rival' };
      await lake.store.createIfAbsent(location, text('mine'));
      proxy.disturb('lose-answer', 'PUT', 1);
      expect(await store.createIfAbsent(location, text('mine'))).toMatchObject({ created: false });
    });
  });

  test('20 writers racing on one real Delta table: none is lost, none counts twice', async () => {
    const table = { bucket: 'lake', tableRoot: 'tables/race/clean' };
    const writers = Array.from({ length: 20 }, (_, index) => String(index + 1).padStart(2, '0'));
    const write = (day: string): ReturnType<typeof commit> =>
      commit(lake.store, table, {
        definition: { name: 'clean', columns: [{ name: 'id', type: 'integer' }] },
        transaction: { appId: `writer ${day}`, version: 1 },
        timestampMs: 1_700_000_000_000,
        operation: 'WRITE',
        build: () => ({
          add: [
            { path: `year=2013/month=01/day=${day}/p.parquet`, bytes: 1, sha256: sha256Hex(day), rows: 1 },
          ],
          remove: [],
        }),
      });
    const results = await Promise.all(writers.map(write));
    expect(results.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      writers.map((_, index) => index),
    );
    const snapshot = await readSnapshot(lake.store, table);
    expect(snapshot?.files.size).toBe(20);
    const repeated = await Promise.all(writers.map(write));
    expect(repeated.every(({ alreadyCommitted }) => alreadyCommitted)).toBe(true);
    expect(repeated.map(({ version }) => version)).toEqual(results.map(({ version }) => version));
    expect((await readSnapshot(lake.store, table))?.version).toBe(19);
  });
});
