import { isAlive } from './process-identity';
import { lockOwner } from './stack-lock';
import { stackPaths } from './stack-paths';
import { readSnapshot, type ProcessRecord } from './stack-snapshot';
import { readStackState, type StackState } from './stack-state';

export interface StackStatus {
  readonly phase: 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed';
  readonly supervisorPid?: number;
  readonly startedAt?: string;
  /** Absent = never started in this folder. */
  readonly state?: StackState;
  readonly processes: readonly ProcessRecord[];
}

/** A process as it is now, whatever the supervisor wrote last. */
function checked(record: ProcessRecord): ProcessRecord {
  if (record.identity && isAlive(record.identity)) return record;
  const { name, restarts, log } = record;
  return { name, restarts, log, state: record.state === 'ready' ? 'restarting' : record.state };
}

/** Looks at the stack of a folder. A stack whose supervisor is dead is `stopped`, even if processes are left over. */
export function readStackStatus(stateDirectory: string): StackStatus {
  const state = readStackState(stateDirectory);
  const snapshot = readSnapshot(stackPaths(stateDirectory).snapshot);
  const owner = lockOwner(stateDirectory);
  const processes = (snapshot?.processes ?? []).map(checked);
  const common = { ...(state ? { state } : {}), processes };
  if (!owner) return { ...common, phase: snapshot?.phase === 'failed' ? 'failed' : 'stopped' };
  // Between taking the folder and its first note, the note is still that of the supervisor before.
  const own = snapshot?.supervisor.pid === owner.pid && snapshot.supervisor.birth === owner.birth;
  return {
    ...common,
    phase: own ? snapshot.phase : 'starting',
    supervisorPid: owner.pid,
    ...(own ? { startedAt: snapshot.startedAt } : {}),
  };
}
