import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * Lends a fresh directory to `work` and removes it afterwards, whatever happens. Attempts never share one: a
 * worker that was taken for dead may still be writing into its own.
 */
export async function withScratch<T>(
  root: string,
  name: string,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const base = resolve(root);
  await mkdir(base, { recursive: true });
  const directory = await mkdtemp(join(base, `${name}-`));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
