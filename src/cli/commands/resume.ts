import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Command } from 'commander';
import type { RunInfo } from '../../client/run-client';
import type { PipelineRunInput } from '../../contracts/messages';
import { lakeLayout } from '../../domain/lake-layout';
import { formatS3Uri } from '../../domain/s3-uri';
import type { Stage } from '../../domain/stage';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { findRun } from '../find-run';
import type { Output } from '../output';
import { parseStage } from '../parse-stage';
import type { CliSession } from '../session';

interface ResumeOptions {
  readonly from?: string;
  readonly fresh?: boolean;
}

export function registerResume(program: Command): void {
  program
    .command('resume RUN')
    .description('start a failed or stopped run again, with the current plan; finished stages are reused')
    .option('--from <stage>', 'do this stage and all after it again, even where results could be reused')
    .option('--fresh', 'do every stage again; a result that differs is an error')
    .action(commandAction(resumeRun));
}

async function resumeRun(
  session: CliSession,
  _output: Output,
  run: string,
  options: ResumeOptions,
): Promise<CommandResult> {
  const freshFrom = wantedFresh(options);
  const client = await session.runs();
  const info = await findRun(session, run);
  const isOver = info.status === 'completed' && freshFrom === undefined;
  if (info.status === 'running' || isOver) throw refused(session, info);
  const original = await client.input(info);
  const pipeline = original?.pipeline ?? info.pipeline;
  const planDigest = await session.plans.currentDigest(pipeline);
  const what = sameBatch(session, pipeline, info, original);
  try {
    const input: PipelineRunInput = {
      pipeline,
      planDigest,
      ...what,
      trigger: 'manual',
      inTurn: true,
      ...(freshFrom ? { freshFrom } : {}),
    };
    const runId = await client.start(run, input, { evenCompleted: freshFrom !== undefined });
    const batchDigest = what.batch?.digest ?? null;
    const next = `Next: ${session.hint(`wait ${pipeline}`)}\n      ${session.hint(`show ${run}`)}`;
    return {
      document: { runs: [{ workflowId: run, runId, pipeline, planDigest, batchDigest }] },
      text: `Resumed ${run} with plan ${planDigest.slice(0, 12)}; ${reuse(freshFrom)}\n${next}`,
    };
  } catch (error) {
    // Somebody else, or the intake, was faster.
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      throw refused(session, await findRun(session, run));
    throw error;
  }
}

function wantedFresh({ from, fresh }: ResumeOptions): Stage | undefined {
  if (fresh) return 'ingest';
  return from === undefined ? undefined : parseStage(from);
}

function reuse(freshFrom: Stage | undefined): string {
  return freshFrom === undefined
    ? 'stages that were finished with the same inputs are reused'
    : `from ${freshFrom} on everything is done again`;
}

/** The batch that the run had opened; for a run that ended before that, what it was asked for. */
function sameBatch(
  { settings }: CliSession,
  pipeline: string,
  { summary }: RunInfo,
  original: PipelineRunInput | undefined,
): Pick<PipelineRunInput, 'batch' | 'objects'> {
  const digest = summary?.batchDigest ?? original?.batch?.digest;
  if (digest !== undefined) {
    const key = lakeLayout.batch(pipeline, digest);
    return { batch: { digest, uri: formatS3Uri({ bucket: settings.lakeBucket, key }) } };
  }
  return original?.objects ? { objects: original.objects } : {};
}

function refused({ hint }: CliSession, { workflowId, status }: RunInfo): CommandError {
  const advice =
    status === 'running'
      ? `it goes on by itself, see \`${hint(`show ${workflowId}`)}\``
      : 'there is nothing to resume; `--from STAGE` or `--fresh` do it again';
  return new CommandError(EXIT_CODES.refused, `${workflowId} is ${status}: ${advice}`);
}
