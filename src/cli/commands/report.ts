import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { RunInfo } from '../../client/run-client';
import { stackPaths } from '../../dev/stack-paths';
import { lakeLayout } from '../../domain/lake-layout';
import { formatS3Uri, type ObjectLocation } from '../../domain/s3-uri';
import { findDocument } from '../../lake/documents';
import { readBytes } from '../../lake/streams';
import type { RunFacts } from '../../report/run-facts';
import { verdictOf } from '../../report/verdict';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { findRun } from '../find-run';
import type { Output } from '../output';
import type { CliSession } from '../session';

interface ReportOptions {
  readonly open?: true;
  readonly output?: string;
}

/** Far above what a report with hundreds of columns takes. */
const MAX_REPORT_BYTES = 64 * 1024 * 1024;

export function registerReport(program: Command): void {
  program
    .command('report RUN')
    .description("fetch a run's report: one HTML page; with --json the same facts")
    .option('--output <file>', 'where to put the page (default: reports/ in the state directory)')
    .option('--open', 'show it in the browser')
    .action(commandAction(fetchReport));
}

async function fetchReport(
  session: CliSession,
  _output: Output,
  run: string,
  options: ReportOptions,
): Promise<CommandResult> {
  const { uri, file, facts } = await saveReport(session, await findRun(session, run), options.output);
  if (options.open) openInBrowser(file);
  const { title, sentence } = verdictOf(facts);
  return { document: { report: { uri, file }, ...facts }, text: `${title}. ${sentence}\n${file}` };
}

export interface SavedReport {
  readonly uri: string;
  readonly file: string;
  readonly facts: RunFacts;
}

/** Puts a copy of a run's report on this machine. @throws CommandError notFound when the run has none. */
export async function saveReport(
  session: CliSession,
  info: RunInfo,
  output: string = defaultFile(session, info),
): Promise<SavedReport> {
  const facts = await findDocument<RunFacts>(session.store, reportLocation(session, info, 'json'));
  if (!facts) throw new CommandError(EXIT_CODES.notFound, whyNone(info));
  const location = reportLocation(session, info, 'html');
  const { bytes } = await readBytes(session.store, location, MAX_REPORT_BYTES);
  const file = path.resolve(output);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return { uri: formatS3Uri(location), file, facts: facts.value };
}

/** Where a run's report lies once it has ended. */
export function reportLocation(
  { settings }: Pick<CliSession, 'settings'>,
  { pipeline, runId }: Pick<RunInfo, 'pipeline' | 'runId'>,
  form: 'html' | 'json',
): ObjectLocation {
  return { bucket: settings.lakeBucket, key: lakeLayout.report(pipeline, runId, form) };
}

function whyNone({ workflowId, status, summary }: RunInfo): string {
  if (status === 'running') return `${workflowId} is still running: its report is written at its end`;
  if (summary?.batchDigest === undefined) return `${workflowId} has no report: it had no batch to report on`;
  return `${workflowId} has no report: it could not be written at the end of the run`;
}

function defaultFile({ stateDirectory }: CliSession, { workflowId, runId }: RunInfo): string {
  const name = `${workflowId.replace(/[^\w-]+/g, '-')}-${runId}.html`;
  return path.join(stackPaths(stateDirectory).directory, 'reports', name);
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

function openInBrowser(file: string): void {
  const [program, ...args] = OPENERS[process.platform] ?? (['xdg-open'] as const);
  const child = spawn(program, [...args, file], { stdio: 'ignore', detached: true });
  // The file's path is printed in any case.
  child.on('error', () => undefined);
  child.unref();
}
