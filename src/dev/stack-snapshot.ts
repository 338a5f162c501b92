import { z } from 'zod';
import { isAlive } from './process-identity';
import { readJson, writePrivateJson } from './private-file';

const identity = z.object({ pid: z.number(), birth: z.string() });

const processRecord = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'starting', 'ready', 'restarting', 'stopped']),
  /** Absent while it does not run. */
  identity: identity.optional(),
  /** How often it ended by itself and was started again since `up`. */
  restarts: z.number(),
  log: z.string(),
});

const stackSnapshot = z.object({
  supervisor: identity,
  phase: z.enum(['starting', 'ready', 'stopping', 'stopped', 'failed']),
  startedAt: z.string(),
  processes: z.array(processRecord),
});

/** One process of a stack as the supervisor last saw it. */
export type ProcessRecord = Readonly<z.infer<typeof processRecord>>;
/** What the supervisor writes down at every change, so that others can see it and clean up after its death. */
export type StackSnapshot = Readonly<z.infer<typeof stackSnapshot>>;

/** Written before anything else happens with a new process: an unrecorded process could be orphaned. */
export function writeSnapshot(file: string, snapshot: StackSnapshot): void {
  writePrivateJson(file, snapshot);
}

/** The last snapshot, or undefined when there is none. */
export function readSnapshot(file: string): StackSnapshot | undefined {
  const content = readJson(file);
  return content === undefined ? undefined : stackSnapshot.parse(content);
}

/** The recorded processes that still run, whether or not their supervisor does. */
export function livingProcesses(snapshot: StackSnapshot | undefined): ProcessRecord[] {
  return (snapshot?.processes ?? []).filter((record) => record.identity && isAlive(record.identity));
}
