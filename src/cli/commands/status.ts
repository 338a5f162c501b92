import type { Command } from 'commander';
import { readStackStatus } from '../../dev/stack-status';
import type { CommandIo } from '../command-io';
import { EXIT_CODES, type ExitCode } from '../exit-codes';
import { createHint, type Hint } from '../hint';
import { runStackCommand, stackAction, type StackCommandOptions } from '../stack-command';
import { describeAddresses, stackDocument, type StackDocument } from '../stack-document';
import { textTable } from '../text-table';

function describeStatus(document: StackDocument, hint: Hint): string {
  const rows = document.processes.map(({ name, state, pid, restarts, log }) => [
    name,
    state,
    pid ?? undefined,
    restarts,
    log,
  ]);
  const table = textTable(['process', 'state', 'pid', 'restarts', 'log'], rows);
  if (document.running) return `Millrace: ${document.phase}\n\n${describeAddresses(document)}\n\n${table}`;
  const left = document.processes.some(({ pid }) => pid !== null);
  return left
    ? `The supervisor was killed; these are left over (\`${hint('down')}\` stops them):\n${table}`
    : `Not running. Start it with \`${hint('up --detach')}\`.`;
}

/** Shows the local stack: 0 when every process is ready, else 5. */
export function runStatus(options: StackCommandOptions, io: CommandIo): Promise<ExitCode> {
  return runStackCommand(options, io, (output) => {
    const status = readStackStatus(options.state);
    const document = stackDocument(status, options.state);
    output.result(document, describeStatus(document, createHint(options.state)));
    const ready = status.phase === 'ready' && status.processes.every(({ state }) => state === 'ready');
    return Promise.resolve(ready ? EXIT_CODES.ok : EXIT_CODES.unreachable);
  });
}

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('show the processes and addresses of the local stack')
    .action(stackAction(runStatus));
}
