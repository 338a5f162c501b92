import { Command } from 'commander';
import { registerApply } from './commands/apply';
import { registerBackup } from './commands/backup';
import { registerDemo } from './commands/demo';
import { registerDoctor } from './commands/doctor';
import { registerDown } from './commands/down';
import { registerExplain } from './commands/explain';
import { registerLineage } from './commands/lineage';
import { registerModels } from './commands/models';
import { registerPredict } from './commands/predict';
import { registerQuarantine } from './commands/quarantine';
import { registerRun } from './commands/run';
import { registerRuns } from './commands/runs';
import { registerStatus } from './commands/status';
import { registerUp } from './commands/up';
import { registerUpload } from './commands/upload';
import { registerValidate } from './commands/validate';
import { registerWait } from './commands/wait';
import { registerProcesses } from './commands/worker';
import { EXIT_CODE_HELP, EXIT_CODES } from './exit-codes';

const COMMANDS = [
  registerUp,
  registerDown,
  registerStatus,
  registerDoctor,
  registerValidate,
  registerExplain,
  registerApply,
  registerUpload,
  registerRun,
  registerWait,
  registerRuns,
  registerQuarantine,
  registerModels,
  registerPredict,
  registerLineage,
  registerBackup,
  registerProcesses,
  registerDemo,
] as const;

export function createProgram(): Command {
  const program = new Command('millrace')
    .description('The whole life of a machine-learning model as durable workflows on Temporal')
    .option('--json', 'print one JSON document on stdout; everything else goes to stderr')
    .option('--state <directory>', 'where the local stack keeps its state', '.millrace')
    .addHelpText('after', EXIT_CODE_HELP)
    .showHelpAfterError('(add --help for usage)')
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage);
    });
  for (const register of COMMANDS) register(program);
  return program;
}

/** Entry of bin/millrace.cjs. */
export async function main(): Promise<void> {
  await createProgram().parseAsync();
}
