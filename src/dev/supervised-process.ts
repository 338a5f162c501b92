import { setTimeout as sleep } from 'node:timers/promises';
import { launchProcess, type ManagedProcess, type ProcessExit } from './managed-process';
import { birthOf, type ProcessIdentity } from './process-identity';
import type { ProcessSpec } from './process-spec';
import { countFailures, restartDelayMs } from './restart-backoff';
import { StackFailure } from './stack-failure';
import type { ProcessRecord } from './stack-snapshot';

/** A process that never became ready is given up after this many tries; one that once was ready, never. */
const FIRST_START_ATTEMPTS = 3;

export interface SupervisedProcess {
  readonly record: () => ProcessRecord;
  /** Starts it and keeps it running. Resolves at its first readiness. @throws StackFailure `unreachable`. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface SupervisedProcessOptions {
  readonly spec: ProcessSpec;
  readonly logFile: string;
  readonly readyTimeoutMs: number;
  readonly stopGraceMs: number;
  readonly say: (text: string) => void;
  readonly changed: () => void;
}

const describeExit = ({ code, signal }: ProcessExit): string =>
  signal ? `was ended by ${signal}` : `ended with code ${code ?? 'unknown'}`;

/** What the parts below share about one process. */
interface Member {
  readonly options: SupervisedProcessOptions;
  readonly stopping: AbortSignal;
  record: ProcessRecord;
  current: ManagedProcess | undefined;
}

function become(member: Member, state: ProcessRecord['state'], identity?: ProcessIdentity): void {
  const { identity: earlier, ...rest } = member.record;
  const runs = state === 'starting' || state === 'ready';
  const shown = runs ? (identity ?? earlier) : undefined;
  member.record = { ...rest, state, ...(shown ? { identity: shown } : {}) };
  member.options.changed();
}

/** One life of the process; says how it ended. One that fails to become ready is ended, to free its port. */
async function live(member: Member, onReady: () => Promise<void>): Promise<string> {
  const { spec, logFile, readyTimeoutMs, stopGraceMs } = member.options;
  try {
    const launched = await launchProcess(spec, logFile);
    member.current = launched;
    // It may have ended already, and then there is nothing to record.
    const birth = birthOf(launched.pid);
    become(member, 'starting', birth === undefined ? undefined : { pid: launched.pid, birth });
    if (member.stopping.aborted) await launched.stop(stopGraceMs);
    if (await launched.waitUntilReady(readyTimeoutMs)) {
      await onReady();
      become(member, 'ready');
    }
    return describeExit(await launched.exited);
  } catch (error) {
    await member.current?.stop(stopGraceMs);
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function keepRunning(member: Member, firstReady: () => void): Promise<void> {
  const { spec, logFile, say } = member.options;
  const past = { failures: 0, wasReady: false };
  const onReady = async (): Promise<void> => {
    if (!past.wasReady) await spec.afterReady?.(member.stopping);
    if (past.failures > 0 || !past.wasReady) say(`${spec.name} is ready`);
    past.wasReady = true;
    firstReady();
  };
  await spec.prepare?.();
  while (!member.stopping.aborted) {
    const startedMs = performance.now();
    const end = await live(member, onReady);
    if (isAborted(member.stopping)) break;
    past.failures = countFailures(past.failures, performance.now() - startedMs);
    if (!past.wasReady && past.failures >= FIRST_START_ATTEMPTS)
      throw new StackFailure(
        'unreachable',
        `${spec.name} ${end} [attempts=${past.failures}]: see ${logFile}`,
      );
    const delayMs = restartDelayMs(past.failures);
    member.record = { ...member.record, restarts: member.record.restarts + 1 };
    become(member, 'restarting');
    say(`${spec.name} ${end}; starting it again in ${delayMs / 1000} s [restarts=${member.record.restarts}]`);
    await sleep(delayMs, undefined, { signal: member.stopping }).catch(() => undefined);
  }
}

// TypeScript believes that the flag cannot change between two looks.
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

/** Runs one process and starts it again, with growing pauses, whenever it ends by itself. */
export function superviseProcess(options: SupervisedProcessOptions): SupervisedProcess {
  const stopping = new AbortController();
  const member: Member = {
    options,
    stopping: stopping.signal,
    record: { name: options.spec.name, state: 'waiting', restarts: 0, log: options.logFile },
    current: undefined,
  };
  let finished: Promise<void> = Promise.resolve();
  return {
    record: () => member.record,
    start: () =>
      new Promise<void>((resolve, reject) => {
        finished = keepRunning(member, resolve)
          .then(resolve, reject)
          .finally(() => {
            become(member, 'stopped');
          });
      }),
    stop: async () => {
      stopping.abort();
      await member.current?.stop(options.stopGraceMs);
      await finished;
    },
  };
}
