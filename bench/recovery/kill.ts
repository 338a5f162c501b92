import { setTimeout as sleep } from 'node:timers/promises';
import { readStackStatus } from '../../src/dev/stack-status';
import { findVictim, type Victim } from '../../test/support/faults/victims';

const FIND_TIMEOUT_MS = 60_000;
const READY_TIMEOUT_MS = 120_000;
const LOOK_AGAIN_MS = 50;

/**
 * `kill -9` of a running process of the stack, `delayMs` after it was found. Resolves with the time of the kill in epoch
 * milliseconds, or undefined when the process was gone by then.
 * @throws Error when none runs within a minute.
 */
export async function kill(state: string, victim: Victim, delayMs = 0): Promise<number | undefined> {
  const pid = await findVictim(state, victim, AbortSignal.timeout(FIND_TIMEOUT_MS));
  // 0 would be one's own process group, 1 the machine.
  if (pid === undefined || pid < 2) throw new Error(`No process to kill [victim=${victim}]`);
  if (delayMs > 0) await sleep(delayMs);
  try {
    process.kill(pid, 'SIGKILL');
    return Date.now();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Until every process of the stack is ready, so that one kill does not lengthen the recovery from the next. */
export async function allReady(state: string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const late = readStackStatus(state).processes.filter((process) => process.state !== 'ready');
    if (late.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(`Not ready again: ${late.map(({ name }) => name).join(', ')}`);
    await sleep(LOOK_AGAIN_MS);
  }
}
