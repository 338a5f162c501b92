import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Command } from 'commander';
import type { RunInfo } from '../../client/run-client';
import type { PipelineRunInput } from '../../contracts/messages';
import { lakeLayout } from '../../domain/lake-layout';
import { formatS3Uri } from '../../domain/s3-uri';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { findRun } from '../find-run';
import type { Output } from '../output';
import type { CliSession } from '../session';

export function registerResume(program: Command): void {
  program
    .command('resume RUN')
    .description('start a failed or stopped run again, with the current plan; finished stages are reused')
    .action(commandAction(resumeRun));
}

async function resumeRun(session: CliSession, _output: Output, run: string): Promise<CommandResult> {
  const client = await session.runs();
  const info = await findRun(session, run);
  if (info.status === 'running' || info.status === 'completed') throw refused(session, info);
  const original = await client.input(info);
  const pipeline = original?.pipeline ?? info.pipeline;
  const planDigest = await session.plans.currentDigest(pipeline);
  const what = sameBatch(session, pipeline, info, original);
  try {
    const runId = await client.start(run, { pipeline, planDigest, ...what, trigger: 'manual' });
    const batchDigest = what.batch?.digest ?? null;
    const next = `Next: ${session.hint(`wait ${pipeline}`)}\n      ${session.hint(`show ${run}`)}`;
    return {
      document: { runs: [{ workflowId: run, runId, pipeline, planDigest, batchDigest }] },
      text: `Resumed ${run} with plan ${planDigest.slice(0, 12)}; stages that were finished with the same inputs are reused\n${next}`,
    };
  } catch (error) {
    // Somebody else, or the intake, was faster.
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      throw refused(session, await findRun(session, run));
    throw error;
  }
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
      : 'there is nothing to resume';
  return new CommandError(EXIT_CODES.refused, `${workflowId} is ${status}: ${advice}`);
}
