import { mkdirSync } from 'node:fs';
import { stopOrphans } from './orphans';
import { identify } from './process-identity';
import type { ProcessSpec } from './process-spec';
import { acquireStackLock, alreadyRunning } from './stack-lock';
import { stackPaths } from './stack-paths';
import { livingProcesses, readSnapshot, writeSnapshot, type StackSnapshot } from './stack-snapshot';
import { prepareStackState, type StackState } from './stack-state';
import { createSupervisor, type Supervisor } from './supervisor';

const STOP_GRACE_MS = 10_000;

export interface RunStackOptions {
  readonly stateDirectory: string;
  /** Ports are counted up from here; absent = those it had before, or free ones. */
  readonly portBase?: number;
  readonly processes: (state: StackState) => Promise<readonly ProcessSpec[]>;
  /** Told, in one line each, what happens. */
  readonly say: (text: string) => void;
  readonly onReady: (state: StackState) => void;
  /** Stops the stack. */
  readonly signal: AbortSignal;
}

/** Refuses while another supervisor has the folder. @throws StackFailure `refused`. */
function takeFolder(stateDirectory: string): () => void {
  const lock = acquireStackLock(stateDirectory);
  if ('release' in lock) return lock.release;
  throw alreadyRunning(stateDirectory, lock);
}

async function cleanUpAfterDeadSupervisor(options: RunStackOptions): Promise<void> {
  const orphans = livingProcesses(readSnapshot(stackPaths(options.stateDirectory).snapshot));
  if (orphans.length === 0) return;
  options.say(
    `An earlier supervisor was killed; stopping what it left: ${orphans.map(({ name }) => name).join(', ')}`,
  );
  await stopOrphans(orphans, STOP_GRACE_MS);
}

/** Resolves when the signal is aborted. */
const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });

/**
 * Runs a stack in this process until the signal is aborted, then stops all of it.
 * @throws StackFailure `refused` when one runs already, `unreachable` when a process cannot be started.
 */
export async function runStack(options: RunStackOptions): Promise<void> {
  const paths = stackPaths(options.stateDirectory);
  const release = takeFolder(options.stateDirectory);
  // Children hold no handle that keeps this process alive while it only waits for the signal.
  const keepAlive = setInterval(() => undefined, 60_000);
  try {
    await cleanUpAfterDeadSupervisor(options);
    mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
    const state = await prepareStackState(options.stateDirectory, options.portBase);
    await superviseUntilAborted(options, state, await options.processes(state));
  } finally {
    clearInterval(keepAlive);
    release();
  }
}

async function superviseUntilAborted(
  options: RunStackOptions,
  state: StackState,
  specs: readonly ProcessSpec[],
): Promise<void> {
  const paths = stackPaths(options.stateDirectory);
  let snapshot: StackSnapshot = {
    supervisor: identify(process.pid),
    phase: 'starting',
    startedAt: new Date().toISOString(),
    processes: [],
  };
  const record = (change: Partial<StackSnapshot>): void => {
    snapshot = { ...snapshot, ...change };
    writeSnapshot(paths.snapshot, snapshot);
  };
  const supervisor = createSupervisor({
    specs,
    logDirectory: paths.logs,
    say: options.say,
    changed: (processes) => {
      record({ processes: [...processes] });
    },
    stopGraceMs: STOP_GRACE_MS,
  });
  record({});
  const ended = await startAndWait(supervisor, options, () => {
    record({ phase: 'ready' });
    options.onReady(state);
  });
  record({ phase: 'stopping' });
  await supervisor.stop();
  record({ phase: ended.failure ? 'failed' : 'stopped' });
  if (ended.failure) throw ended.failure;
}

async function startAndWait(
  supervisor: Supervisor,
  { signal }: RunStackOptions,
  onReady: () => void,
): Promise<{ readonly failure?: Error }> {
  const aborted = untilAborted(signal);
  try {
    await Promise.race([supervisor.start(), aborted]);
  } catch (error) {
    return { failure: error instanceof Error ? error : new Error(String(error)) };
  }
  if (!signal.aborted) onReady();
  await aborted;
  return {};
}
