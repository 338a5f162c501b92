import { quarantinedRows, type QuarantinedRow } from '../../workers/quarantine/quarantined-rows';
import { CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { Output } from '../output';
import type { CliSession } from '../session';
import { noRows } from './list-batches';
import { rowQuestion, type FilterOptions } from './row-question';

export async function showRows(
  session: CliSession,
  _output: Output,
  pipeline: string,
  { limit: limitText, ...filter }: FilterOptions & { readonly limit: string },
): Promise<CommandResult> {
  const limit = Number(limitText);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new CommandError(EXIT_CODES.usage, `--limit must be a whole number above 0, got ${limitText}`);
  }
  const { lake, question } = await rowQuestion(session, pipeline, filter);
  const rows: QuarantinedRow[] = [];
  for await (const row of quarantinedRows(lake, question)) {
    rows.push(row);
    if (rows.length >= limit) break;
  }
  const text = rows.length === 0 ? noRows(pipeline) : rows.map(describe).join('\n');
  return { document: { pipeline, rows }, text };
}

function describe({ sourceUri, line, raw, standing, reasons }: QuarantinedRow): string {
  const why = reasons.map(({ rule, column, value, message }) =>
    column === null ? `    ${message} (${rule})` : `    ${column} = ${value ?? 'null'}: ${message} (${rule})`,
  );
  const place = line === 0 ? sourceUri : `${sourceUri}:${line}`;
  return [`${place}  ${standing}`, ...why, ...(raw === null ? [] : [`    ${raw}`])].join('\n');
}
