import type { Command } from 'commander';
import { isUnreachable } from '../client/connect';
import { StackFailure } from '../dev/stack-failure';
import { PermanentFailure, TransientFailure } from '../ports/failures';
import { EXIT_CODES, type ExitCode } from './exit-codes';
import { createOutput, type Output } from './output';
import { openSession, type CliSession } from './session';
import { EXIT_CODE_OF_STACK } from './stack-command';

/** What a command answers: one JSON document, and the same for people. */
export interface CommandResult {
  readonly document: unknown;
  readonly text: string;
  /** Default: ok. */
  readonly exitCode?: ExitCode;
}

export interface GlobalOptions {
  readonly json?: boolean;
  readonly state: string;
}

/** Says what went wrong and ends the command with this code; printed without a stack. */
export class CommandError extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly document: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

/**
 * Wraps a command's work as a commander action: opens the session, prints the result (JSON on stdout, everything
 * else on stderr), turns failures into the documented exit codes.
 */
export function commandAction<A extends unknown[]>(
  work: (session: CliSession, output: Output, ...args: A) => Promise<CommandResult>,
): (...args: [...A, Command]) => Promise<void> {
  return async (...all) => {
    const command = all.at(-1) as Command;
    const options = command.optsWithGlobals<GlobalOptions>();
    const output = createOutput({
      json: options.json ?? false,
      stdout: process.stdout,
      stderr: process.stderr,
    });
    let session: CliSession | undefined;
    try {
      session = openSession(options.state, process.env);
      const result = await work(session, output, ...(all.slice(0, -1) as A));
      output.result(result.document, result.text);
      process.exitCode = result.exitCode ?? EXIT_CODES.ok;
    } catch (error) {
      const exitCode = exitCodeOf(error);
      const details = error instanceof CommandError ? error.document : {};
      output.error({ ...details, error: messageOf(error), exitCode }, messageOf(error));
      process.exitCode = exitCode;
    } finally {
      await session?.close();
    }
  };
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof StackFailure) return EXIT_CODE_OF_STACK[error.reason];
  if (isUnreachable(error)) return EXIT_CODES.unreachable;
  if (error instanceof TransientFailure) return EXIT_CODES.unreachable;
  if (error instanceof PermanentFailure) return permanentExitCode(error);
  return EXIT_CODES.failed;
}

function permanentExitCode({ code }: PermanentFailure): ExitCode {
  if (code === 'NotFound') return EXIT_CODES.notFound;
  if (code === 'InvalidInput' || code === 'InvalidPlan') return EXIT_CODES.usage;
  if (code === 'SchemaConflict' || code === 'UnsafeStore') return EXIT_CODES.refused;
  return EXIT_CODES.failed;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
