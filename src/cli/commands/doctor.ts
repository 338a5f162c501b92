import type { Command } from 'commander';
import { runDoctorChecks } from '../../dev/doctor-checks';
import type { CommandIo } from '../command-io';
import { EXIT_CODES, type ExitCode } from '../exit-codes';
import { runStackCommand, stackAction, type StackCommandOptions } from '../stack-command';
import { textTable } from '../text-table';

/** Checks what a local stack needs and says how to get what is missing: 0 when nothing required is missing, else 1. */
export function runDoctor(options: StackCommandOptions, io: CommandIo): Promise<ExitCode> {
  return runStackCommand(options, io, async (output) => {
    const checks = await runDoctorChecks(io.variables);
    const missing = checks.filter(({ ok, required }) => required && !ok);
    const rows = checks.map(({ name, ok, required, found, fix }) => [
      ok ? 'ok' : required ? 'MISSING' : 'optional',
      name,
      found,
      fix,
    ]);
    const verdict =
      missing.length === 0 ? 'Everything that is needed is there.' : `${missing.length} missing.`;
    output.result(
      { ok: missing.length === 0, checks },
      `${textTable(['', 'what', 'found', 'how to get it'], rows)}\n\n${verdict}`,
    );
    return missing.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
  });
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check what is needed and say how to get it')
    .action(stackAction(runDoctor));
}
