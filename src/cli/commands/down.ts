import type { Command } from 'commander';
import { stackPaths } from '../../dev/stack-paths';
import { stopStack } from '../../dev/stop-stack';
import type { CommandIo } from '../command-io';
import { EXIT_CODES, type ExitCode } from '../exit-codes';
import { runStackCommand, stackAction, type StackCommandOptions } from '../stack-command';

/** Stops the local stack and whatever a killed supervisor left behind. Nothing to stop is fine, too. */
export function runDown(options: StackCommandOptions, io: CommandIo): Promise<ExitCode> {
  return runStackCommand(options, io, async (output) => {
    const { wasRunning, stopped } = await stopStack(options.state);
    const processes = stopped.map(({ name, identity, log }) => ({ name, pid: identity?.pid ?? null, log }));
    const names = stopped.map(({ name }) => name).join(', ');
    const text = names === '' ? 'Nothing was running.' : `Stopped ${names}. The state is kept.`;
    output.result(
      { running: false, wasRunning, state: stackPaths(options.state).directory, processes },
      text,
    );
    return EXIT_CODES.ok;
  });
}

export function registerDown(program: Command): void {
  program.command('down').description('stop the local stack; its state is kept').action(stackAction(runDown));
}
