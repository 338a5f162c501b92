import type { Command } from 'commander';
import { commandAction } from '../command';
import { exportQuarantine } from '../quarantine/export-quarantine';
import { listBatches } from '../quarantine/list-batches';
import { releaseQuarantine } from '../quarantine/release-quarantine';
import { replayQuarantine } from '../quarantine/replay-quarantine';
import { showRows } from '../quarantine/show-rows';

const BATCH = ['--batch <digest>', 'start of a batch digest (default: all batches)'] as const;
const RULE = ['--rule <name>', 'only rows that break this rule, e.g. between(distance)'] as const;
const STANDING = ['--standing <standing>', 'only open, replaying, accepted, returned … rows'] as const;

export function registerQuarantine(program: Command): void {
  const quarantine = program
    .command('quarantine')
    .description('rows that were rejected, with every reason, and the way back into the table');
  quarantine
    .command('list PIPELINE')
    .description('batches with rejected rows, the reasons counted, and what became of the rows')
    .action(commandAction(listBatches));
  quarantine
    .command('show PIPELINE')
    .description('the rejected rows themselves')
    .option(...BATCH)
    .option(...RULE)
    .option(...STANDING)
    .option('--limit <rows>', 'at most this many', '20')
    .action(commandAction(showRows));
  quarantine
    .command('export PIPELINE')
    .description('write the rejected rows to a file')
    .requiredOption('--output <file>', 'ends with .csv, .ndjson or .parquet')
    .option(...BATCH)
    .option(...RULE)
    .option(...STANDING)
    .option(
      '--source',
      'as they were delivered, with their header line: to correct them and replay --with FILE',
    )
    .action(commandAction(exportQuarantine));
  quarantine
    .command('replay PIPELINE')
    .description('judge open rows again by the current plan, and bring in what passes')
    .option(...BATCH)
    .option('--with <file>', 'a corrected file that takes the place of what is out of the one --batch')
    .option('--include-superseded', 'also rows of files that were replaced by a newer version')
    .option('--dry-run', 'only say what would be replayed')
    .action(commandAction(replayQuarantine));
  quarantine
    .command('release PIPELINE')
    .description('give up a replay whose run has ended without a verdict: its rows are open again')
    .requiredOption('--run <run>', 'run of the replay')
    .requiredOption('--reason <text>', 'why; recorded')
    .option('--by <name>', 'who wants it; recorded (default: you)')
    .action(commandAction(releaseQuarantine));
}
