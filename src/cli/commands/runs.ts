import type { Command } from 'commander';
import type { RunInfo } from '../../client/run-client';
import type { StageProgress } from '../../domain/run-report';
import { formatS3Uri } from '../../domain/s3-uri';
import { ifFound } from '../../ports/failures';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { findRun } from '../find-run';
import type { Output } from '../output';
import { endedWithoutResult } from '../run-reason';
import { runTable } from '../run-table';
import type { CliSession } from '../session';
import { textTable } from '../text-table';
import { reportLocation } from './report';

export function registerRuns(program: Command): void {
  program.command('runs [PIPELINE]').description('list runs, newest first').action(commandAction(listRuns));
  program
    .command('show RUN')
    .description("one run's stages: status, attempts, seconds, reused or done")
    .action(commandAction(showRun));
  program
    .command('cancel RUN')
    .description('stop a run; what it had published stays, what it had changed in serving is put back')
    .action(commandAction(cancelRun));
}

async function listRuns(
  session: CliSession,
  _output: Output,
  pipeline: string | undefined,
): Promise<CommandResult> {
  if (pipeline !== undefined) await session.plans.currentDigest(pipeline);
  const runs = await (await session.runs()).list(pipeline);
  // An older one with the same id was resumed.
  const newest = runs.filter(
    ({ workflowId }, index) => runs.findIndex((run) => run.workflowId === workflowId) === index,
  );
  const ended = newest.find(endedWithoutResult);
  const advice = ended ? `\n\n${resumeAdvice(session, ended)}` : '';
  return { document: { runs }, text: `${runTable(runs)}${advice}` };
}

async function showRun(session: CliSession, _output: Output, run: string): Promise<CommandResult> {
  const client = await session.runs();
  const info = await findRun(session, run);
  const { stages } = info.summary ?? (await client.progress(run));
  const attempts = await client.attempts(info);
  const shown = stages.map((stage) => ({ ...stage, attempt: attempts.get(stage.stage) ?? 0 }));
  const advice = endedWithoutResult(info) ? `\n\n${resumeAdvice(session, info)}` : '';
  const report = await reportUri(session, info);
  const where = report ? `\n\nReport: ${report}\n        ${session.hint(`report ${run}`)}` : '';
  return {
    document: { ...info, stages: shown, ...(report ? { report } : {}) },
    text: `${describe(info, shown)}${where}${advice}`,
  };
}

/** Absent while the run is under way, and when its report could not be written. */
async function reportUri(session: CliSession, info: RunInfo): Promise<string | undefined> {
  if (info.status === 'running') return undefined;
  const location = reportLocation(session, info, 'html');
  return (await ifFound(session.store.head(location))) && formatS3Uri(location);
}

function describe(info: RunInfo, stages: readonly (StageProgress & { readonly attempt: number })[]): string {
  const rows = stages.map(({ stage, status, attempt, seconds, note, reusedFrom }) => [
    stage,
    status,
    attempt === 0 ? undefined : attempt,
    seconds?.toFixed(1),
    reusedFrom === undefined ? note : `reused from ${reusedFrom}: ${note ?? ''}`,
  ]);
  const reason = info.summary?.reasons.join('; ') ?? '';
  const verdict = info.summary?.verdict ?? info.status;
  const headline = [`${info.workflowId}: ${verdict}`, reason].join(' ').trimEnd();
  const told = (info.summary?.notifications ?? []).map(({ kind, status, reason }) =>
    ['Notification', kind, status, reason].filter((part) => part !== undefined).join(' '),
  );
  const table = textTable(['stage', 'status', 'attempt', 's', 'note'], rows);
  return [headline, '', table, ...told].join('\n');
}

function resumeAdvice({ hint }: CliSession, { workflowId }: RunInfo): string {
  return `Once the cause is mended: ${hint(`resume ${workflowId}`)}`;
}

async function cancelRun(session: CliSession, _output: Output, run: string): Promise<CommandResult> {
  const info = await findRun(session, run);
  if (info.status !== 'running') {
    throw new CommandError(EXIT_CODES.refused, `${run} is not running any more: it is ${info.status}`);
  }
  await (await session.runs()).cancel(run);
  return {
    document: { runs: [info] },
    text: `Asked ${run} to stop\nStart it again: ${session.hint(`resume ${run}`)}`,
  };
}
