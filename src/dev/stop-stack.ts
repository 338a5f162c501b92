import { stopOrphans, waitUntil } from './orphans';
import { isAlive } from './process-identity';
import { lockOwner } from './stack-lock';
import { stackPaths } from './stack-paths';
import { livingProcesses, readSnapshot, type ProcessRecord } from './stack-snapshot';

const ORPHAN_GRACE_MS = 10_000;
/** Three levels of dependents with 10 s each, and a margin. */
const SUPERVISOR_GRACE_MS = 40_000;

export interface StoppedStack {
  /** Whether a supervisor was running. */
  readonly wasRunning: boolean;
  /** Processes that ran before and do not run now. */
  readonly stopped: readonly ProcessRecord[];
}

/**
 * Stops the stack of a folder and whatever a killed supervisor left behind. Stopping a stopped stack does nothing.
 * @throws Error when a process survives SIGKILL.
 */
export async function stopStack(stateDirectory: string): Promise<StoppedStack> {
  const { snapshot } = stackPaths(stateDirectory);
  const supervisor = lockOwner(stateDirectory);
  const before = livingProcesses(readSnapshot(snapshot));
  if (supervisor) {
    process.kill(supervisor.pid, 'SIGTERM');
    if (!(await waitUntil(() => !isAlive(supervisor), SUPERVISOR_GRACE_MS)))
      process.kill(supervisor.pid, 'SIGKILL');
    await waitUntil(() => !isAlive(supervisor), SUPERVISOR_GRACE_MS);
  }
  // It may have started something more before it saw the signal.
  const left = livingProcesses(readSnapshot(snapshot));
  await stopOrphans(left, ORPHAN_GRACE_MS);
  return { wasRunning: supervisor !== undefined, stopped: before };
}
