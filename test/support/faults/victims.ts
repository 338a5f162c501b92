import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isAlive } from '../../../src/dev/process-identity';
import { readStackStatus } from '../../../src/dev/stack-status';

const run = promisify(execFile);
const LOOK_AGAIN_MS = 20;

/** Every kind of process of a local stack; the trainer runs only while the stage `train` works. */
export const VICTIMS = [
  'worker',
  'data-worker',
  'train-worker',
  'trainer',
  'receiver',
  'serving',
  'object-store',
  'temporal',
] as const;
export type Victim = (typeof VICTIMS)[number];

/** Process number of a running victim; waits for one until `signal` is aborted, and then is undefined. */
export async function findVictim(
  state: string,
  victim: Victim,
  signal: AbortSignal,
): Promise<number | undefined> {
  while (!signal.aborted) {
    const pid = victim === 'trainer' ? await findTrainer(state) : processOf(state, victim);
    if (pid !== undefined) return pid;
    await sleep(LOOK_AGAIN_MS);
  }
  return undefined;
}

const FIND_TIMEOUT_MS = 60_000;

/** Signals a victim as soon as it runs; returns its process number. @throws Error when none runs within a minute */
export async function strikeDown(
  state: string,
  victim: Victim,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<number> {
  const pid = await findVictim(state, victim, AbortSignal.timeout(FIND_TIMEOUT_MS));
  if (pid === undefined) throw new Error(`No ${victim} runs`);
  process.kill(pid, signal);
  return pid;
}

function processOf(state: string, name: string): number | undefined {
  const identity = readStackStatus(state).processes.find((process) => process.name === name)?.identity;
  return identity && isAlive(identity) ? identity.pid : undefined;
}

/** The trainer that works for this stack; others of the machine are left alone. */
async function findTrainer(state: string): Promise<number | undefined> {
  const { stdout } = await run('pgrep', ['-f', 'millrace_trainer train']).catch(() => ({ stdout: '' }));
  for (const pid of stdout.split('\n').filter(Boolean)) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (environment.includes(state)) return Number(pid);
  }
  return undefined;
}
