import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TransientFailure } from '../ports/failures';

/** `<name>-<pid>-<6 random characters>`; nothing else in the folder looks like this. */
const SCRATCH_NAME = /^[a-z]+-(\d+)-[A-Za-z0-9]{6}$/;

/**
 * Lends a fresh directory to `work` and removes it afterwards, whatever happens. Attempts never share one: a
 * worker that was taken for dead may still be writing into its own.
 *
 * @throws TransientFailure ScratchFailed when the operating system refuses a file: a full or broken disk is never the
 * fault of the data
 */
export async function withScratch<T>(
  root: string,
  name: string,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const base = resolve(root);
  await mkdir(base, { recursive: true });
  const directory = await mkdtemp(join(base, `${name}-${process.pid}-`));
  try {
    return await work(directory);
  } catch (error) {
    throw asScratchFailure(error, base);
  } finally {
    await remove(directory);
  }
}

/** Faults of the file system, and no others: ENOSPC, EDQUOT, EFBIG, EIO, EMFILE, … */
function asScratchFailure(error: unknown, directory: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || syscall === undefined || code === undefined) return error;
  return new TransientFailure(
    'ScratchFailed',
    'Scratch directory cannot be used: make room or mend the disk, it is tried again',
    { directory, error: code, call: syscall },
    { cause: error },
  );
}

/** Removes what killed processes left under `root`; what cannot be removed now is left for the next sweep. */
export async function sweepScratch(root: string): Promise<void> {
  const base = resolve(root);
  const entries = await readdir(base, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const pid = SCRATCH_NAME.exec(entry.name)?.[1];
    if (pid === undefined || !entry.isDirectory() || isAlive(Number(pid))) continue;
    await remove(join(base, entry.name)).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process answers EPERM.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function remove(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
