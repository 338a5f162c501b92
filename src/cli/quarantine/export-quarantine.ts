import { open, rename, rm } from 'node:fs/promises';
import { EXPORT_FORMATS, exportRows, type ExportFormat } from '../../workers/quarantine/export-rows';
import type { QuarantineLake } from '../../workers/quarantine/open-quarantine';
import { quarantinedRows, type RowQuestion } from '../../workers/quarantine/quarantined-rows';
import { CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { Output } from '../output';
import type { CliSession } from '../session';
import { rowQuestion, type FilterOptions } from './row-question';

interface ExportOptions extends FilterOptions {
  readonly output: string;
  readonly source?: boolean;
}

export async function exportQuarantine(
  session: CliSession,
  output: Output,
  pipeline: string,
  { output: file, source = false, ...filter }: ExportOptions,
): Promise<CommandResult> {
  const format = EXPORT_FORMATS.find((name) => file.endsWith(`.${name}`));
  if (!format && !source) {
    const expected = EXPORT_FORMATS.map((name) => `.${name}`).join(', ');
    throw new CommandError(EXIT_CODES.usage, `--output must end with one of ${expected}, got ${file}`);
  }
  const { lake, question } = await rowQuestion(session, pipeline, filter);
  const rows =
    source || !format
      ? await exportSource(lake, question, file)
      : await exportTable(lake, question, { file, format }, output);
  return { document: { pipeline, file, rows }, text: `${rows} rows in ${file}` };
}

async function exportTable(
  lake: QuarantineLake,
  question: RowQuestion,
  target: { readonly file: string; readonly format: ExportFormat },
  output: Output,
): Promise<number> {
  let bar: ReturnType<Output['progress']> | undefined;
  const rows = await exportRows(lake, question, target, (done, of) => {
    (bar ??= output.progress('batches', of)).update(done);
  });
  bar?.stop();
  return rows;
}

/** One header line for all: files with another header have to be exported on their own. */
async function exportSource(lake: QuarantineLake, question: RowQuestion, file: string): Promise<number> {
  const partial = `${file}.${process.pid}.partial`;
  const target = await open(partial, 'w');
  try {
    let header: string | null | undefined;
    let rows = 0;
    for await (const row of quarantinedRows(lake, question)) {
      if (row.raw === null) continue;
      if (header === undefined && row.header !== null) await target.write(`${row.header}\n`);
      header ??= row.header;
      if (header !== row.header) throw mixedHeaders(row.sourceUri);
      await target.write(`${row.raw}\n`);
      rows += 1;
    }
    await target.close();
    await rename(partial, file);
    return rows;
  } finally {
    await target.close().catch(() => undefined);
    await rm(partial, { force: true });
  }
}

function mixedHeaders(uri: string): CommandError {
  return new CommandError(
    EXIT_CODES.refused,
    `The rows come from files with different header lines [uri=${uri}]: export one batch at a time with --batch`,
  );
}
