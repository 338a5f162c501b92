import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { isUnanswered } from '../../client/connect';
import type { RunClient, RunInfo } from '../../client/run-client';
import { objectVersionId, type SourceObject } from '../../domain/artifact';
import { formatS3Uri } from '../../domain/s3-uri';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { objectsOfBatches, waitingObjects } from '../landing';
import type { Output } from '../output';
import { endedWithoutResult, runReason } from '../run-reason';
import { runTable } from '../run-table';
import type { CliSession } from '../session';

const POLL_MS = 500;
/** An idle intake that leaves objects alone for this long did not hear of them. */
const STUCK_AFTER_MS = 15_000;
/** Failed runs whose batches are looked at to explain why objects are not processed. */
const FAILED_RUNS = 20;

export function registerWait(program: Command): void {
  program
    .command('wait PIPELINE')
    .description('wait until all that landed is processed; fails when the newest run failed')
    .option('--timeout <seconds>', 'give up after this long', '600')
    .action(commandAction(waitCommand));
}

async function waitCommand(
  session: CliSession,
  output: Output,
  pipeline: string,
  options: { readonly timeout: string },
): Promise<CommandResult> {
  const seconds = Number(options.timeout);
  if (!(seconds > 0)) {
    throw new CommandError(
      EXIT_CODES.usage,
      `--timeout must be a number of seconds above 0, got ${options.timeout}`,
    );
  }
  await session.plans.currentDigest(pipeline);
  const runs = await waitForIdle(session, pipeline, seconds * 1000, output.info);
  const [newest] = runs;
  if (newest && endedWithoutResult(newest)) throw runFailed(session, pipeline, newest, { runs });
  return { document: { runs }, text: runTable(runs) };
}

/**
 * Runs, newest first, once all that landed is processed and no run is under way.
 *
 * @throws CommandError when time is up or objects stay unprocessed, with their names: at once when their run failed.
 */
export async function waitForIdle(
  session: CliSession,
  pipeline: string,
  timeoutMs: number,
  say: (text: string) => void,
): Promise<readonly RunInfo[]> {
  const client = await session.runs();
  const deadline = performance.now() + timeoutMs;
  let stuckSince: number | undefined;
  let said = '';
  for (;;) {
    const { state, runs } = await look(client, pipeline);
    const waiting = runs ? await waitingObjects(session, pipeline) : [];
    if (runs && waiting.length === 0) return runs;
    if (runs) await assertNotFailed(session, pipeline, runs, waiting);
    if (state !== said) say((said = state));
    stuckSince = runs ? (stuckSince ?? performance.now()) : undefined;
    const stuck = stuckSince !== undefined && performance.now() - stuckSince > STUCK_AFTER_MS;
    if (stuck || performance.now() > deadline) {
      const names = waiting.slice(0, 5).map(formatS3Uri).join(', ');
      const what = stuck ? `not processed [${names}]` : `still busy [state=${state}]`;
      const advice = `see \`${session.hint(`runs ${pipeline}`)}\`; \`${session.hint(`run ${pipeline}`)}\` tries again`;
      throw new CommandError(EXIT_CODES.failed, `${pipeline}: ${what}: ${advice}`, { waiting });
    }
    await sleep(POLL_MS);
  }
}

interface Look {
  /** What is going on, in a word. */
  readonly state: string;
  /** Newest first; only when the intake rests and no run is under way. */
  readonly runs?: readonly RunInfo[];
}

const NO_WORKER = Symbol('no worker');

/** A worker that was killed or paused is back in a moment, or the time for waiting runs out. */
function noWorker(error: unknown): typeof NO_WORKER {
  if (isUnanswered(error)) return NO_WORKER;
  throw error;
}

async function look(client: RunClient, pipeline: string): Promise<Look> {
  const intake = await client.intake(pipeline).catch(noWorker);
  if (intake === NO_WORKER) return { state: 'no worker answers' };
  const state = intake?.currentRun ?? intake?.state ?? 'no event yet';
  if (intake && ((intake.state !== 'idle' && intake.state !== 'paused') || intake.pending > 0))
    return { state };
  const [listed, ...older] = await client.list(pipeline);
  if (!listed) return { state, runs: [] };
  // The list lags behind a little; the run itself does not.
  const newest = (await client.find(listed.workflowId)) ?? listed;
  return newest.status === 'running' ? { state: newest.workflowId } : { state, runs: [newest, ...older] };
}

/** @throws CommandError when every waiting object was in a run that did not complete. */
async function assertNotFailed(
  session: CliSession,
  pipeline: string,
  runs: readonly RunInfo[],
  waiting: readonly SourceObject[],
): Promise<void> {
  const failed = runs.filter(endedWithoutResult).slice(0, FAILED_RUNS);
  const [newest] = failed;
  if (!newest) return;
  const client = await session.runs();
  const digests: string[] = [];
  for (const run of failed) {
    // A terminated run could not leave a summary.
    const digest = run.summary?.batchDigest ?? (await client.input(run))?.batch?.digest;
    if (digest !== undefined) digests.push(digest);
  }
  const tried = await objectsOfBatches(session, pipeline, [...new Set(digests)]);
  if (waiting.every((object) => tried.has(objectVersionId(object))))
    throw runFailed(session, pipeline, newest, { waiting, runs });
}

const ENDINGS: Readonly<Record<RunInfo['status'], string>> = {
  running: 'is running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'was cancelled',
  terminated: 'was terminated',
  other: 'ended without a result',
};

function runFailed(
  { hint }: CliSession,
  pipeline: string,
  run: RunInfo,
  document: Readonly<Record<string, unknown>>,
): CommandError {
  const { workflowId, status } = run;
  const next = `see \`${hint(`show ${workflowId}`)}\`; once the cause is mended, \`${hint(`resume ${workflowId}`)}\``;
  return new CommandError(
    EXIT_CODES.failed,
    `${pipeline}: ${workflowId} ${[ENDINGS[status], runReason(run)].filter(Boolean).join(': ')}\nNext: ${next}`,
    document,
  );
}
