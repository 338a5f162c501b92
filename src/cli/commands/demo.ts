import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { PROJECT_ROOT } from '../../dev/stack-paths';
import { commandAction, CommandError, type CommandResult, type GlobalOptions } from '../command';
import { prepareFlightData } from '../demo/flight-data';
import { playDemo } from '../demo/play-demo';
import { EXIT_CODES } from '../exit-codes';
import { createHint } from '../hint';
import type { Output } from '../output';
import { openSession } from '../session';

const run = promisify(execFile);
const EXAMPLE = join(PROJECT_ROOT, 'examples', 'flights', 'pipeline.yaml');

/** Real flights of 2013 through every stage, with accidents; ends with OK only if every check holds. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('run a year of real flights through every stage on a stack of its own')
    .option('--keep', 'leave the stack running afterwards')
    .action(
      commandAction(async (_session, output, options: { keep?: boolean }) => {
        const globals = program.opts<GlobalOptions>();
        return runDemo(join(globals.state, 'demo'), options.keep ?? false, output);
      }),
    );
}

async function runDemo(state: string, keep: boolean, output: Output): Promise<CommandResult> {
  await millrace(['down', '--state', state]).catch(() => undefined);
  await rm(state, { recursive: true, force: true });
  const stop = (): void => {
    void millrace(['down', '--state', state]).finally(() => process.exit(130));
  };
  process.once('SIGINT', stop);
  try {
    output.info('Starting a local stack of its own: Temporal, object store, workers, inference server …');
    const stack = JSON.parse(await millrace(['up', '--detach', '--json', '--state', state])) as StackDocument;
    output.info(`Web UI  ${stack.temporal.ui}`);
    await millrace(['apply', EXAMPLE, '--state', state]);
    const session = openSession(state, process.env);
    try {
      const data = await prepareFlightData(session.settings.trainer.python, join(state, 'flights'));
      const result = await playDemo(session, data, stack, output);
      if (result.checks.every(({ ok }) => ok)) return { document: { ...result, ok: true }, text: 'OK' };
      const failed = result.checks.filter(({ ok }) => !ok);
      const lines = failed.map(({ name, expected, got }) => `  ${name}: expected ${expected}, got ${got}`);
      throw new CommandError(EXIT_CODES.failed, `${failed.length} checks failed:\n${lines.join('\n')}`, {
        ...result,
      });
    } finally {
      await session.close();
    }
  } finally {
    process.off('SIGINT', stop);
    if (keep) output.info(`The stack keeps running; stop it with: ${createHint(state)('down')}`);
    else await millrace(['down', '--state', state]);
  }
}

export interface StackDocument {
  readonly temporal: { readonly address: string; readonly ui: string };
  readonly s3: { readonly endpoint: string };
  readonly serving: { readonly url: string };
}

/** The commands that a user would type, as processes of their own. */
async function millrace(args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [process.argv[1] ?? 'bin/millrace.cjs', ...args]);
  return stdout;
}
