import path from 'node:path';
import type { ProcessSpec } from './process-spec';
import { checkStartOrder, dependentsOf } from './start-order';
import { superviseProcess, type SupervisedProcess } from './supervised-process';
import type { ProcessRecord } from './stack-snapshot';

export interface SupervisorOptions {
  readonly specs: readonly ProcessSpec[];
  readonly logDirectory: string;
  /** Told, in one line each, about restarts. */
  readonly say: (text: string) => void;
  /** Called after every change of a process. */
  readonly changed: (records: readonly ProcessRecord[]) => void;
  /** @default 60000 */
  readonly readyTimeoutMs?: number;
  /** From SIGTERM to SIGKILL. @default 10000 */
  readonly stopGraceMs?: number;
}

export interface Supervisor {
  /** Resolves when all are ready. @throws StackFailure `unreachable` when one cannot be started; then call `stop`. */
  readonly start: () => Promise<void>;
  /** Stops all, dependents first. */
  readonly stop: () => Promise<void>;
}

/** Keeps a set of processes running: each starts when what it needs is ready, and again whenever it dies. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { specs } = options;
  checkStartOrder(specs);
  const members = new Map<string, SupervisedProcess>();
  const records = (): ProcessRecord[] => [...members.values()].map((member) => member.record());
  for (const spec of specs)
    members.set(
      spec.name,
      superviseProcess({
        spec,
        logFile: path.join(options.logDirectory, `${spec.name}.log`),
        readyTimeoutMs: options.readyTimeoutMs ?? 60_000,
        stopGraceMs: options.stopGraceMs ?? 10_000,
        say: options.say,
        changed: () => {
          options.changed(records());
        },
      }),
    );
  let stopRequested = false;
  const startOne = async (name: string): Promise<void> => {
    if (!stopRequested) await members.get(name)?.start();
  };

  return {
    start: () => inOrder(specs, (spec) => spec.needs, startOne),
    stop: async () => {
      stopRequested = true;
      await inOrder(
        [...specs].reverse(),
        (spec) => dependentsOf(spec.name, specs),
        async (name) => members.get(name)?.stop(),
      );
    },
  };
}

/** Does something for every process, each as soon as it is done for those that come `before` it. */
async function inOrder(
  specs: readonly ProcessSpec[],
  before: (spec: ProcessSpec) => readonly string[],
  act: (name: string) => Promise<void>,
): Promise<void> {
  const done = new Map<string, Promise<void>>();
  const doneFor = (name: string): Promise<void> => done.get(name) ?? Promise.resolve();
  const actInTurn = async (spec: ProcessSpec): Promise<void> => {
    await Promise.all(before(spec).map(doneFor));
    await act(spec.name);
  };
  for (const spec of specs) done.set(spec.name, actInTurn(spec));
  await Promise.all(done.values());
}
