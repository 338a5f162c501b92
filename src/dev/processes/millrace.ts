import path from 'node:path';
import type { ProcessSpec, Readiness } from '../process-spec';
import { PROJECT_ROOT } from '../stack-paths';

export interface MillraceProcessOptions {
  readonly name: string;
  /** The `millrace` command and its arguments. */
  readonly args: readonly string[];
  readonly readiness: Readiness;
  readonly needs: readonly string[];
  readonly stateDirectory: string;
  /** Settings of the stack and what is inherited. */
  readonly variables: Readonly<Record<string, string>>;
}

/** One of our own Node processes, run through the `millrace` command. */
export function millraceProcess(options: MillraceProcessOptions): ProcessSpec {
  return {
    name: options.name,
    command: process.execPath,
    args: [
      path.join(PROJECT_ROOT, 'bin', 'millrace.cjs'),
      ...options.args,
      '--state',
      options.stateDirectory,
    ],
    variables: { ...options.variables, UV_THREADPOOL_SIZE: '16', NODE_ENV: 'production' },
    workingDirectory: PROJECT_ROOT,
    readiness: options.readiness,
    needs: options.needs,
  };
}
