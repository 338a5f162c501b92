import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withScratch } from './scratch';

describe('withScratch', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'millrace-scratch-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('lends every attempt a directory of its own and leaves nothing behind', async () => {
    const seen = await Promise.all(
      [1, 2].map(() =>
        withScratch(join(root, 'deep'), 'validate', async (directory) => {
          await writeFile(join(directory, 'file'), 'x');
          return directory;
        }),
      ),
    );
    expect(new Set(seen).size).toBe(2);
    expect(await readdir(join(root, 'deep'))).toEqual([]);
  });

  it('removes it when the work fails, and passes the failure on', async () => {
    await expect(withScratch(root, 'x', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await readdir(root)).toEqual([]);
  });
});
