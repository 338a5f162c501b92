import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFrom } from './readiness';
import { StackFailure } from './stack-failure';
import { alreadyRunning, lockOwner } from './stack-lock';
import { stackPaths } from './stack-paths';
import { readStackStatus, type StackStatus } from './stack-status';

const POLL_MS = 100;
const SHOWN_LOG_CHARACTERS = 2_000;

export interface DetachedStackOptions {
  readonly stateDirectory: string;
  /** Runs the supervisor in the foreground until it gets SIGTERM. */
  readonly command: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Stops the supervisor again instead of waiting on. */
  readonly signal: AbortSignal;
  /** Called while waiting, at every look. */
  readonly onWait: (status: StackStatus) => void;
}

/** A child that outlives this process and writes to the supervisor's log. */
function spawnSupervisor(options: DetachedStackOptions): { child: ChildProcess; startByte: number } {
  const paths = stackPaths(options.stateDirectory);
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const log = openSync(paths.supervisorLog, 'a', 0o600);
  try {
    const startByte = fstatSync(log).size;
    const child = spawn(options.command, [...options.args], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...options.variables },
    });
    return { child, startByte };
  } finally {
    closeSync(log);
  }
}

async function explainEnd(options: DetachedStackOptions, startByte: number): Promise<StackFailure> {
  const owner = lockOwner(options.stateDirectory);
  if (owner) return alreadyRunning(options.stateDirectory, owner);
  const text = await readFrom(stackPaths(options.stateDirectory).supervisorLog, startByte);
  return new StackFailure('unreachable', `The stack did not start:\n${text.slice(-SHOWN_LOG_CHARACTERS)}`);
}

/**
 * Starts a supervisor that outlives this process and waits until its stack is ready.
 * @throws StackFailure `unreachable` with the end of its log when it ends first, `refused` when another one was faster.
 */
export async function startDetached(options: DetachedStackOptions): Promise<StackStatus> {
  const { child, startByte } = spawnSupervisor(options);
  const ended = new Promise<true>((resolve) => {
    for (const event of ['exit', 'error'])
      child.once(event, () => {
        resolve(true);
      });
  });
  for (;;) {
    const over = await Promise.race([ended, sleep(POLL_MS, false)]);
    if (over) throw await explainEnd(options, startByte);
    if (options.signal.aborted) {
      child.kill('SIGTERM');
      await ended;
      throw new StackFailure('refused', 'Interrupted; nothing is left running');
    }
    const status = readStackStatus(options.stateDirectory);
    if (status.supervisorPid === child.pid && status.phase === 'ready') {
      child.unref();
      return status;
    }
    options.onWait(status);
  }
}
