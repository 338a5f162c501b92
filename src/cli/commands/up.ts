import path from 'node:path';
import type { Command } from 'commander';
import { startDetached } from '../../dev/detached-stack';
import { localStackProcesses, type StackContext } from '../../dev/local-stack';
import type { ProcessSpec } from '../../dev/process-spec';
import { runStack } from '../../dev/run-stack';
import { alreadyRunning, lockOwner } from '../../dev/stack-lock';
import { PROJECT_ROOT } from '../../dev/stack-paths';
import { readStackStatus, type StackStatus } from '../../dev/stack-status';
import { requireTool } from '../../dev/toolchain';
import type { CommandIo } from '../command-io';
import { EXIT_CODES, type ExitCode } from '../exit-codes';
import { createHint, fromHere } from '../hint';
import type { Output } from '../output';
import { runStackCommand, stackAction, type StackCommandOptions } from '../stack-command';
import { withStopSignal } from '../stop-signal';
import { describeAddresses, stackDocument } from '../stack-document';

export interface UpOptions extends StackCommandOptions {
  /** Leave a supervisor running and return when everything is ready. */
  readonly detach?: boolean;
  /** Five ports are counted up from here; absent = free ones. */
  readonly portBase?: string;
}

/** What is run; tests put other processes in place of our own. */
export interface UpParts {
  readonly processes: (context: StackContext) => Promise<readonly ProcessSpec[]>;
  /** Command that is a foreground `up` for `--detach` to leave running. */
  readonly supervisorCommand: readonly [string, ...string[]];
}

const REAL_PARTS: UpParts = {
  processes: localStackProcesses,
  supervisorCommand: [process.execPath, path.join(PROJECT_ROOT, 'bin', 'millrace.cjs'), 'up'],
};

function parsePortBase(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_531 ? port : Number.NaN;
}

function showReady(status: StackStatus, options: UpOptions, output: Output): void {
  const document = stackDocument(status, options.state);
  const hint = createHint(options.state);
  const next = [
    hint(`apply ${fromHere('examples', 'flights', 'pipeline.yaml')}`),
    hint('status'),
    options.detach ? hint('down') : 'Ctrl-C stops it',
  ];
  const steps = next.map((line) => `  ${line}`).join('\n');
  output.result(document, `Millrace is running.\n\n${describeAddresses(document)}\n\nNext:\n${steps}\n`);
}

async function upInForeground(
  options: UpOptions,
  io: CommandIo,
  output: Output,
  parts: UpParts,
): Promise<ExitCode> {
  const portBase = parsePortBase(options.portBase);
  await runStack({
    stateDirectory: options.state,
    ...(portBase === undefined ? {} : { portBase }),
    processes: (state) => parts.processes({ state, stateDirectory: options.state, variables: io.variables }),
    say: (text) => {
      output.info(`${new Date().toISOString()} ${text}`);
    },
    onReady: () => {
      showReady(readStackStatus(options.state), options, output);
    },
    signal: io.signal ?? new AbortController().signal,
  });
  output.info(`Stopped. The state is kept; \`${createHint(options.state)('up')}\` continues from it.`);
  return EXIT_CODES.ok;
}

async function upDetached(
  options: UpOptions,
  io: CommandIo,
  output: Output,
  parts: UpParts,
): Promise<ExitCode> {
  // Asked here as well as by the supervisor, for a short message instead of the end of its log.
  for (const tool of ['temporal', 'versitygw'] as const) await requireTool(tool, io.variables);
  const owner = lockOwner(options.state);
  if (owner) throw alreadyRunning(options.state, owner);
  const [command, ...args] = parts.supervisorCommand;
  const bar = output.progress('starting', 7);
  try {
    const status = await startDetached({
      stateDirectory: options.state,
      command,
      args: [
        ...[...args, '--state', path.resolve(options.state)],
        ...(options.portBase === undefined ? [] : ['--port-base', options.portBase]),
      ],
      variables: io.variables,
      signal: io.signal ?? new AbortController().signal,
      onWait: ({ processes }) => {
        bar.update(processes.filter(({ state }) => state === 'ready').length);
      },
    });
    bar.stop();
    showReady(status, options, output);
    return EXIT_CODES.ok;
  } finally {
    bar.stop();
  }
}

/** Starts the local stack. Refused (4) while it runs; 5 when a server is missing or does not start. */
export function runUp(options: UpOptions, io: CommandIo, parts: UpParts = REAL_PARTS): Promise<ExitCode> {
  return runStackCommand(options, io, async (output) => {
    if (Number.isNaN(parsePortBase(options.portBase))) {
      const message = `--port-base must be a whole number from 1 to 65531, got ${options.portBase ?? ''}`;
      output.error({ error: message, exitCode: EXIT_CODES.usage }, message);
      return EXIT_CODES.usage;
    }
    const start = options.detach ? upDetached : upInForeground;
    return start(options, io, output, parts);
  });
}

export function registerUp(program: Command): void {
  program
    .command('up')
    .description(
      'start the local stack: Temporal with Web UI, object store, workers, receiver, inference server',
    )
    .option('--detach', 'leave it running in the background and return when it is ready')
    .option('--port-base <port>', 'count the five ports up from here (default: free ones)')
    .action(stackAction((options, io) => withStopSignal((signal) => runUp(options, { ...io, signal }))));
}
