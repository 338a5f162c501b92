// One supervisor per state folder. The lock is a file `supervisor.lock.<n>`; the highest number counts, and whoever
// takes over from a dead owner creates the next one. Files are linked into place complete, and the highest is never
// removed, so that of any number of processes exactly one wins, even while a stale lock is being replaced.
import { linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { identify, isAlive, type ProcessIdentity } from './process-identity';
import { readJson, writePrivateJson } from './private-file';
import { StackFailure } from './stack-failure';

const PREFIX = 'supervisor.lock.';
const lockContent = z.object({ owner: z.object({ pid: z.number(), birth: z.string() }).nullable() });

export interface StackLock {
  readonly release: () => void;
}

interface Seen {
  readonly generation: number;
  /** Absent = released or never taken. */
  readonly owner?: ProcessIdentity;
}

const lockFile = (directory: string, generation: number): string =>
  path.join(directory, `${PREFIX}${generation}`);

function generations(directory: string): number[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^supervisor\.lock\.\d+$/.test(name))
      .map((name) => Number(name.slice(PREFIX.length)))
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

function look(directory: string): Seen {
  const generation = generations(directory).at(-1) ?? 0;
  const content = generation === 0 ? undefined : readJson(lockFile(directory, generation));
  const owner = content === undefined ? null : lockContent.parse(content).owner;
  return owner ? { generation, owner } : { generation };
}

/** The supervisor that runs for this folder, if one does. */
export function lockOwner(directory: string): ProcessIdentity | undefined {
  const { owner } = look(directory);
  return owner && isAlive(owner) ? owner : undefined;
}

function linkNew(directory: string, generation: number, owner: ProcessIdentity): boolean {
  const temporary = path.join(directory, `lock.${owner.pid}.tmp`);
  writeFileSync(temporary, JSON.stringify({ owner }), { mode: 0o600 });
  try {
    linkSync(temporary, lockFile(directory, generation));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Takes the folder for this process, or names the process that has it. */
export function acquireStackLock(directory: string): StackLock | ProcessIdentity {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const self = identify(process.pid);
  for (;;) {
    const seen = look(directory);
    if (seen.owner && isAlive(seen.owner)) return seen.owner;
    const mine = seen.generation + 1;
    if (!linkNew(directory, mine, self)) continue;
    if (generations(directory).at(-1) !== mine) {
      // A lower number came free while others had gone on: theirs counts.
      rmSync(lockFile(directory, mine), { force: true });
      continue;
    }
    for (const old of generations(directory))
      if (old < mine) rmSync(lockFile(directory, old), { force: true });
    return {
      release: () => {
        writePrivateJson(lockFile(directory, mine), { owner: null });
      },
    };
  }
}

/** What to say when another process has the folder. */
export function alreadyRunning(directory: string, owner: ProcessIdentity): StackFailure {
  return new StackFailure(
    'refused',
    `The stack is already running [state=${path.resolve(directory)}, supervisor=${owner.pid}]: ` +
      'see `millrace status`, stop it with `millrace down`, or give another --state folder',
  );
}
