import type { Command } from 'commander';
import {
  hasQuarantine,
  quarantinedBatches,
  quarantinedRows,
  type QuarantinedBatch,
  type QuarantinedRow,
} from '../../workers/quarantine';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { Output } from '../output';
import type { CliSession } from '../session';
import { textTable } from '../text-table';

interface ShowOptions {
  readonly batch?: string;
  readonly limit: string;
}

export function registerQuarantine(program: Command): void {
  const quarantine = program.command('quarantine').description('rows that were rejected, with every reason');
  quarantine
    .command('list PIPELINE')
    .description('batches with rejected rows, and the reasons counted')
    .action(commandAction(listBatches));
  quarantine
    .command('show PIPELINE')
    .description('the rejected rows themselves')
    .option('--batch <digest>', 'start of a batch digest (default: all batches)')
    .option('--limit <rows>', 'at most this many', '20')
    .action(commandAction(showRows));
}

async function listBatches(
  { store, settings, plans }: CliSession,
  _output: Output,
  pipeline: string,
): Promise<CommandResult> {
  await plans.currentDigest(pipeline);
  const batches: QuarantinedBatch[] = [];
  for await (const batch of quarantinedBatches({ settings, store, pipeline })) batches.push(batch);
  const rows = batches.flatMap(({ batch, reasons }) =>
    reasons.map(({ rule, column, rows: count }) => [batch.slice(0, 16), rule, column, count]),
  );
  const text = rows.length === 0 ? noRows(pipeline) : textTable(['batch', 'rule', 'column', 'rows'], rows);
  return {
    document: { pipeline, rows: batches.reduce((sum, entry) => sum + entry.rows, 0), batches },
    text,
  };
}

async function showRows(
  { store, settings, plans, hint }: CliSession,
  _output: Output,
  pipeline: string,
  { batch = '', limit: limitText }: ShowOptions,
): Promise<CommandResult> {
  const limit = Number(limitText);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new CommandError(EXIT_CODES.usage, `--limit must be a whole number above 0, got ${limitText}`);
  }
  await plans.currentDigest(pipeline);
  const lake = { settings, store, pipeline };
  if (batch !== '' && !(await hasQuarantine(lake, batch))) {
    throw new CommandError(
      EXIT_CODES.notFound,
      `No such batch with rejected rows [pipeline=${pipeline}, batch=${batch}]: \`${hint(`quarantine list ${pipeline}`)}\` lists them`,
    );
  }
  const rows: QuarantinedRow[] = [];
  for await (const row of quarantinedRows(lake, batch)) {
    rows.push(row);
    if (rows.length >= limit) break;
  }
  const text = rows.length === 0 ? noRows(pipeline) : rows.map(describe).join('\n');
  return { document: { pipeline, rows }, text };
}

function noRows(pipeline: string): string {
  return `${pipeline} has no quarantined rows`;
}

function describe({ sourceUri, line, raw, reasons }: QuarantinedRow): string {
  const why = reasons.map(
    ({ rule, column, value, message }) => `    ${column ?? '-'} = ${value ?? 'null'}: ${message} (${rule})`,
  );
  return [`${sourceUri}:${line}`, ...why, ...(raw === null ? [] : [`    ${raw}`])].join('\n');
}
