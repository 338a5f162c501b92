import type { Command } from 'commander';
import { StackFailure, type StackFailureReason } from '../dev/stack-failure';
import type { CommandIo } from './command-io';
import { EXIT_CODES, type ExitCode } from './exit-codes';
import { createOutput, type Output } from './output';

/** Options that `up`, `down`, `status` and `doctor` share. */
export interface StackCommandOptions {
  readonly json?: boolean;
  /** Folder of the stack's state. */
  readonly state: string;
}

export const EXIT_CODE_OF_STACK: Readonly<Record<StackFailureReason, ExitCode>> = {
  'missing-tool': EXIT_CODES.unreachable,
  refused: EXIT_CODES.refused,
  unreachable: EXIT_CODES.unreachable,
};

/** Does a command's work and turns its failures into a message and an exit code. */
export async function runStackCommand(
  options: StackCommandOptions,
  io: CommandIo,
  work: (output: Output) => Promise<ExitCode>,
): Promise<ExitCode> {
  const output = createOutput({ json: options.json ?? false, stdout: io.stdout, stderr: io.stderr });
  try {
    return await work(output);
  } catch (error) {
    const exitCode = error instanceof StackFailure ? EXIT_CODE_OF_STACK[error.reason] : EXIT_CODES.failed;
    const message = error instanceof Error ? error.message : String(error);
    output.error({ error: message, exitCode }, message);
    return exitCode;
  }
}

/** A commander action for such a command: this process's streams and environment, and its exit code. */
export function stackAction(
  run: (options: StackCommandOptions, io: CommandIo) => Promise<ExitCode>,
): (options: unknown, command: Command) => Promise<void> {
  return async (_options, command) => {
    process.exitCode = await run(command.optsWithGlobals<StackCommandOptions>(), {
      stdout: process.stdout,
      stderr: process.stderr,
      variables: process.env,
    });
  };
}
