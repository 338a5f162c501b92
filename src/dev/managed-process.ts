import { spawn } from 'node:child_process';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessSpec } from './process-spec';
import { isReady } from './readiness';
import { StackFailure } from './stack-failure';

const PROBE_INTERVAL_MS = 50;
const ROTATE_LOG_BYTES = 16 * 1024 * 1024;

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One start of a process, in its own process group. */
export interface ManagedProcess {
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  /** Resolves true when ready, false when it ended first. @throws StackFailure `unreachable` after `timeoutMs`. */
  readonly waitUntilReady: (timeoutMs: number) => Promise<boolean>;
  /** SIGTERM to its group, SIGKILL after `graceMs`; resolves when it is gone. */
  readonly stop: (graceMs: number) => Promise<void>;
  /** Lets this Node process end while the child still runs. */
  readonly unref: () => void;
}

/** Sends a signal to a whole process group; a group that is gone is fine. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function openLog(file: string): Promise<{ fd: number; startByte: number; close: () => Promise<void> }> {
  await mkdir(path.dirname(file), { recursive: true });
  const before = await stat(file).catch(() => undefined);
  if (before && before.size > ROTATE_LOG_BYTES) await rename(file, `${file}.1`);
  const handle = await open(file, 'a', 0o600);
  return { fd: handle.fd, startByte: (await handle.stat()).size, close: () => handle.close() };
}

const hasEnded = (exited: Promise<ProcessExit>): Promise<boolean> =>
  Promise.race([exited.then(() => true), Promise.resolve().then(() => false)]);

async function stopGroup(pid: number, exited: Promise<ProcessExit>, graceMs: number): Promise<void> {
  // Once it has ended its number may belong to something else.
  if (await hasEnded(exited)) return;
  signalGroup(pid, 'SIGTERM');
  const timer = new AbortController();
  const gone = await Promise.race([
    exited.then(() => true),
    sleep(graceMs, false, { signal: timer.signal }).catch(() => false),
  ]);
  timer.abort();
  if (!gone) signalGroup(pid, 'SIGKILL');
  await exited;
}

/**
 * Starts a process whose output goes to `logFile`. The log is the process's own file descriptor, not a pipe: the process
 * outlives a killed supervisor without dying of a broken pipe half-way through a write.
 * @throws StackFailure `unreachable` when it cannot be started at all.
 */
export async function launchProcess(spec: ProcessSpec, logFile: string): Promise<ManagedProcess> {
  const log = await openLog(logFile);
  const child = spawn(spec.command, [...spec.args], {
    cwd: spec.workingDirectory,
    env: { ...spec.variables },
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      // What it left behind in its group must not live on unmanaged.
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      resolve({ code, signal });
    });
  });
  try {
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => {
        resolve(child.pid ?? 0);
      });
    });
    return {
      pid,
      exited,
      waitUntilReady: (timeoutMs) =>
        waitUntilReady(spec, { file: logFile, startByte: log.startByte }, exited, timeoutMs),
      stop: (graceMs) => stopGroup(pid, exited, graceMs),
      unref: () => {
        child.unref();
      },
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StackFailure('unreachable', `Could not start ${spec.name} [command=${spec.command}]: ${why}`, {
      cause,
    });
  } finally {
    await log.close();
  }
}

async function waitUntilReady(
  spec: ProcessSpec,
  log: { readonly file: string; readonly startByte: number },
  exited: Promise<ProcessExit>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const ready = await isReady(spec.readiness, log);
    if (await hasEnded(exited)) return false;
    if (ready) return true;
    if (performance.now() > deadline)
      throw new StackFailure(
        'unreachable',
        `${spec.name} did not become ready [seconds=${timeoutMs / 1000}]: see ${log.file}`,
      );
    await Promise.race([exited, sleep(PROBE_INTERVAL_MS)]);
  }
}
