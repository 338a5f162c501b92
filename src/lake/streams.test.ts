import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { withFaults } from '../adapters/object-store/fault-injecting';
import { createMemoryObjectStore } from '../adapters/object-store/memory';
import type { ObjectStore } from '../ports/object-store';
import { digestOf, sha256Hex } from './digest';
import { fileBody, hashingDownload, hashObject, readBytes, sha256OfFile } from './streams';

const AT = { bucket: 'lake', key: 'raw/a.csv' };
const CONTENT = Buffer.alloc(300_000, 'line\n');

let folder: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-streams-'));
  store = createMemoryObjectStore();
  await store.put(AT, { kind: 'bytes', bytes: CONTENT });
});
afterEach(() => rm(folder, { recursive: true }));

test('a download writes the bytes, hashes them and reports its progress', async () => {
  const file = path.join(folder, 'a');
  const progress: number[] = [];
  const download = await hashingDownload(store, AT, file, { onBytes: (bytes) => progress.push(bytes) });
  expect(download).toMatchObject({ sha256: sha256Hex(CONTENT), bytes: CONTENT.length, head: AT });
  expect(await readFile(file)).toEqual(CONTENT);
  expect(progress.at(-1)).toBe(CONTENT.length);
  expect(progress.length).toBeGreaterThan(1);
});

test('another content than expected is an integrity error and leaves no file', async () => {
  const download = hashingDownload(store, AT, path.join(folder, 'a'), { expectedSha256: sha256Hex('other') });
  await expect(download).rejects.toMatchObject({ code: 'IntegrityError' });
  expect(await readdir(folder)).toEqual([]);
});

describe('a byte that is not the one that was stored', () => {
  const faulty = (times: number): ObjectStore =>
    withFaults(store, `flip:open:raw/*:${times}`, { markerDirectory: `${folder}-m` });
  const downloaded = (times: number): Promise<unknown> =>
    hashingDownload(faulty(times), AT, path.join(folder, 'a'));
  const whole = (times: number): Promise<unknown> => readBytes(faulty(times), AT, 1e6);
  const hashed = (times: number): Promise<unknown> => hashObject(faulty(times), AT);
  afterEach(() => rm(`${folder}-m`, { recursive: true }));

  test('is caught without any expectation, by the hash the store holds', async () => {
    await expect(downloaded(2)).rejects.toMatchObject({ code: 'IntegrityError' });
    await rm(`${folder}-m`, { recursive: true });
    await expect(whole(2)).rejects.toMatchObject({ code: 'IntegrityError' });
    await rm(`${folder}-m`, { recursive: true });
    await expect(hashed(2)).rejects.toMatchObject({ code: 'IntegrityError' });
  });

  test('is no harm when it changed on its way: the object is fetched once more', async () => {
    const { sha256 } = await store.head(AT);
    await expect(downloaded(1)).resolves.toMatchObject({ sha256 });
    await rm(`${folder}-m`, { recursive: true });
    await expect(whole(1)).resolves.toMatchObject({ head: { sha256 } });
    await rm(`${folder}-m`, { recursive: true });
    await expect(hashed(1)).resolves.toMatchObject({ sha256 });
  });
});

test('a full disk is a technical failure, and leaves no file', async () => {
  const file = path.join(folder, 'a');
  // Writing there always ends with ENOSPC; only the link is removed.
  await symlink('/dev/full', file);
  await expect(hashingDownload(store, AT, file)).rejects.toMatchObject({
    name: 'TransientFailure',
    message: expect.stringContaining('ENOSPC') as string,
  });
  expect(await readdir(folder)).toEqual([]);
});

test('an aborted download rejects with the reason of the abort and leaves no file', async () => {
  const controller = new AbortController();
  const download = hashingDownload(store, AT, path.join(folder, 'a'), {
    signal: controller.signal,
    onBytes: () => {
      controller.abort(new Error('stop now'));
    },
  });
  await expect(download).rejects.toThrow('stop now');
  expect(await readdir(folder)).toEqual([]);
});

test('a download into a folder that does not exist is a technical failure', async () => {
  const download = hashingDownload(store, AT, path.join(folder, 'no/such/file'));
  await expect(download).rejects.toMatchObject({ code: 'StoreUnavailable' });
});

test('an object is hashed without being kept; a silent one only until it is aborted', async () => {
  expect(await hashObject(store, AT)).toMatchObject({
    sha256: sha256Hex(CONTENT),
    bytes: CONTENT.length,
    head: AT,
  });
  const silent: ObjectStore = {
    ...store,
    open: async (at) => ({ ...(await store.open(at)), body: new Readable({ read: () => undefined }) }),
  };
  const controller = new AbortController();
  const hashing = hashObject(silent, AT, controller.signal);
  setTimeout(() => {
    controller.abort(new Error('stop now'));
  }, 10);
  await expect(hashing).rejects.toThrow('stop now');
});

test('a missing object stays NotFound', async () => {
  const missing = { bucket: 'lake', key: 'none' };
  await expect(hashingDownload(store, missing, path.join(folder, 'a'))).rejects.toMatchObject({
    code: 'NotFound',
  });
  await expect(readBytes(store, missing, 10)).rejects.toMatchObject({ code: 'NotFound' });
  await expect(hashObject(store, missing)).rejects.toMatchObject({ code: 'NotFound' });
});

test('reading whole gives bytes and head, and refuses what is too large', async () => {
  const { bytes, head } = await readBytes(store, AT, CONTENT.length);
  expect(Buffer.from(bytes)).toEqual(CONTENT);
  expect(head.sha256).toBe(sha256Hex(CONTENT));
  await expect(readBytes(store, AT, CONTENT.length - 1)).rejects.toMatchObject({ code: 'InvalidInput' });
});

test('a file body has the length and the hash of the file', async () => {
  const file = path.join(folder, 'f');
  await writeFile(file, 'abc');
  expect(await fileBody(file)).toEqual({ kind: 'file', path: file, bytes: 3, sha256: sha256Hex('abc') });
  expect(await sha256OfFile(file)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('equal values have equal digests, whatever the order of their members', () => {
  expect(digestOf({ a: 1, b: [2, { c: 3, d: 4 }] })).toBe(digestOf({ b: [2, { d: 4, c: 3 }], a: 1 }));
  expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: 2 }));
});
