import { setTimeout as sleep } from 'node:timers/promises';
import { signalGroup } from './managed-process';
import { isAlive } from './process-identity';
import type { ProcessRecord } from './stack-snapshot';

const POLL_MS = 50;
/** After SIGKILL a process is gone at once, unless the kernel holds it. */
const KILL_WAIT_MS = 5_000;

/** Waits for something to become true. Answers whether it did within `timeoutMs`. */
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/**
 * Stops processes whose supervisor is dead, last started first: SIGTERM, then SIGKILL after `graceMs`.
 * Only processes that are provably the recorded ones are touched.
 */
export async function stopOrphans(orphans: readonly ProcessRecord[], graceMs: number): Promise<void> {
  for (const { name, identity } of [...orphans].reverse()) {
    if (!identity || !isAlive(identity)) continue;
    signalGroup(identity.pid, 'SIGTERM');
    const gone = (): boolean => !isAlive(identity);
    if (await waitUntil(gone, graceMs)) continue;
    signalGroup(identity.pid, 'SIGKILL');
    if (!(await waitUntil(gone, KILL_WAIT_MS)))
      throw new Error(`Could not stop ${name} [pid=${identity.pid}]: it survives SIGKILL`);
  }
}
