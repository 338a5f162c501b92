import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, type CommanderError } from 'commander';
import { PROJECT_ROOT } from '../dev/stack-paths';
import { registerApply } from './commands/apply';
import { registerBackfill } from './commands/backfill';
import { registerBackup } from './commands/backup';
import { registerCodecServer } from './commands/codec-server';
import { registerDemo } from './commands/demo';
import { registerDoctor } from './commands/doctor';
import { registerDown } from './commands/down';
import { registerExplain } from './commands/explain';
import { registerIntake } from './commands/intake';
import { registerExplainKey } from './commands/explain-key';
import { registerLineage } from './commands/lineage';
import { registerModels } from './commands/models';
import { registerPredict } from './commands/predict';
import { registerQuarantine } from './commands/quarantine';
import { registerReport } from './commands/report';
import { registerResume } from './commands/resume';
import { registerRun } from './commands/run';
import { registerRuns } from './commands/runs';
import { registerStatus } from './commands/status';
import { registerTables } from './commands/tables';
import { registerUp } from './commands/up';
import { registerUpload } from './commands/upload';
import { registerValidate } from './commands/validate';
import { registerWait } from './commands/wait';
import { registerProcesses } from './commands/worker';
import { EXIT_CODE_HELP, EXIT_CODES } from './exit-codes';
import { DEFAULT_STATE } from './hint';

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
  registerIntake,
  registerRuns,
  registerReport,
  registerResume,
  registerExplainKey,
  registerBackfill,
  registerQuarantine,
  registerModels,
  registerPredict,
  registerLineage,
  registerTables,
  registerBackup,
  registerProcesses,
  registerCodecServer,
  registerDemo,
] as const;

export function createProgram(): Command {
  const program = new Command('millrace')
    .description('The whole life of a machine-learning model as durable workflows on Temporal')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--json', 'print one JSON document on stdout; everything else goes to stderr')
    .option('--state <directory>', 'where the local stack keeps its state', DEFAULT_STATE)
    .addHelpText('after', EXIT_CODE_HELP)
    .showHelpAfterError('(add --help for usage)')
    .exitOverride(endUsage);
  for (const register of COMMANDS) register(program);
  return program;
}

/** Ends after help and version, or after arguments that make no sense, which commander has reported on stderr. */
function endUsage(error: CommanderError): never {
  if (error.exitCode === 0) process.exit(EXIT_CODES.ok);
  // Nothing was parsed yet, so the arguments themselves have to tell.
  if (process.argv.includes('--json')) {
    const reason = error.code === 'commander.help' ? 'no command given' : error.message;
    const document = { error: reason.replace(/^error: /, ''), exitCode: EXIT_CODES.usage };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
  process.exit(EXIT_CODES.usage);
}

function packageVersion(): string {
  const text = readFileSync(path.join(PROJECT_ROOT, 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** Entry of bin/millrace.cjs. */
export async function main(): Promise<void> {
  await createProgram().parseAsync();
}
