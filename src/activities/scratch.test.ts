import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepScratch, withScratch } from './scratch';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-scratch-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('withScratch', () => {
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

describe('sweepScratch', () => {
  it('removes what dead processes left and nothing else', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    await mkdir(join(root, `train-${dead}-AbC123`, 'deep'), { recursive: true });
    const kept = [
      `evaluate-${process.ppid}-AbC123`,
      `serving-${dead}`,
      `validate-${process.pid}-AbC123`,
      'fault-0123456789abcdef-1',
    ];
    for (const name of kept.slice(0, 3)) await mkdir(join(root, name));
    await writeFile(join(root, 'fault-0123456789abcdef-1'), 'marker');
    await writeFile(join(root, `file-${dead}-AbC123`), 'not ours');
    await sweepScratch(root);
    expect((await readdir(root)).sort()).toEqual([...kept, `file-${dead}-AbC123`].sort());
  });

  it('knows the directories that are lent', async () => {
    await withScratch(root, 'transform', async (directory) => {
      expect(directory).toContain(`transform-${process.pid}-`);
      await sweepScratch(root);
      expect(await readdir(root)).toHaveLength(1);
    });
  });

  it('has nothing to do where no worker was before', async () => {
    await expect(sweepScratch(join(root, 'none'))).resolves.toBeUndefined();
  });
});
