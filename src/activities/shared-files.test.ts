import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSharedFiles } from './shared-files';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'millrace-shared-'));
});
afterEach(() => rm(root, { recursive: true }));

test('content is fetched once, whoever asks for it, and stays while somebody reads it', async () => {
  const shared = createSharedFiles(root, 0);
  let fetches = 0;
  const fetch = async (file: string): Promise<void> => {
    fetches += 1;
    await sleep(10);
    await writeFile(file, 'rows');
  };
  const [one, two] = await Promise.all([shared.lend('a', fetch), shared.lend('a', fetch)]);
  expect(fetches).toBe(1);
  one.release();
  await sleep(50);
  expect(await readFile(two.path, 'utf8')).toBe('rows');
  two.release();
  while ((await readdir(root)).length > 0) await sleep(5);
  (await shared.lend('a', fetch)).release();
  expect(fetches).toBe(2);
});

test('a copy that is asked for again before its time is not fetched again', async () => {
  const shared = createSharedFiles(root, 20);
  let fetches = 0;
  const fetch = (file: string): Promise<void> => {
    fetches += 1;
    return writeFile(file, 'rows');
  };
  (await shared.lend('a', fetch)).release();
  const again = await shared.lend('a', fetch);
  await sleep(60);
  expect(await readFile(again.path, 'utf8')).toBe('rows');
  expect(fetches).toBe(1);
  again.release();
});

test('who waits for a fetch that fails fetches for himself', async () => {
  const shared = createSharedFiles(root, 0);
  const cancelled = shared.lend('a', async () => {
    await sleep(10);
    throw new Error('cancelled');
  });
  const waiting = shared.lend('a', (file) => writeFile(file, 'rows'));
  await expect(cancelled).rejects.toThrow('cancelled');
  const { path: file, release } = await waiting;
  expect(await readFile(file, 'utf8')).toBe('rows');
  expect(await readdir(root)).toHaveLength(1);
  release();
});
