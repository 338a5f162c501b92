import path from 'node:path';

/** The checkout: the same two levels up from `src/dev` and from `dist/dev`. */
export const PROJECT_ROOT: string = path.resolve(__dirname, '..', '..');

/** Where a stack keeps its things under its state folder. */
export interface StackPaths {
  readonly directory: string;
  readonly state: string;
  readonly snapshot: string;
  readonly logs: string;
  readonly supervisorLog: string;
  readonly temporalDatabase: string;
  readonly objectStore: string;
  readonly scratch: string;
}

/** Absolute paths: processes of the stack may run elsewhere than the command that started them. */
export function stackPaths(stateDirectory: string): StackPaths {
  const directory = path.resolve(stateDirectory);
  const inside = (...names: readonly string[]): string => path.join(directory, ...names);
  return {
    directory,
    state: inside('stack.json'),
    snapshot: inside('processes.json'),
    logs: inside('logs'),
    supervisorLog: inside('logs', 'supervisor.log'),
    temporalDatabase: inside('temporal.db'),
    objectStore: inside('object-store'),
    scratch: inside('scratch'),
  };
}
