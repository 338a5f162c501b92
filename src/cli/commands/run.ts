import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { RunClient } from '../../client/run-client';
import type { ObjectHint } from '../../domain/intake';
import { formatS3Uri, parseS3Uri } from '../../domain/s3-uri';
import { commandAction, CommandError } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { unprocessedObjects } from '../landing';

/** A signal reaches the entity within a second; the plan's quiet time comes on top. */
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 200;
/** Keeps one signal far below the payload limit. */
const HINTS_PER_SIGNAL = 20;

export function registerRun(program: Command): void {
  program
    .command('run PIPELINE')
    .description('process now what landed and is not processed yet, or the named objects')
    .option('--object <uri...>', 's3://bucket/key, may be given several times')
    .action(
      commandAction(async (session, output, pipeline: string, options: { object?: string[] }) => {
        await session.plans.currentDigest(pipeline);
        const hints = options.object?.map(hintOf) ?? (await unprocessedObjects(session, pipeline));
        if (hints.length === 0) {
          return { document: { runs: [] }, text: `Everything that landed for ${pipeline} is processed` };
        }
        output.info(
          `${hints.length} objects: ${hints.slice(0, 3).map(formatS3Uri).join(', ')}${hints.length > 3 ? ' …' : ''}`,
        );
        const runs = await session.runs();
        const before = (await runs.intake(pipeline))?.totals.runs ?? 0;
        const intake = await session.intake();
        for (let start = 0; start < hints.length; start += HINTS_PER_SIGNAL) {
          await intake.signalObjects(pipeline, hints.slice(start, start + HINTS_PER_SIGNAL));
        }
        const workflowId = await startedRun(runs, pipeline, before);
        return workflowId === undefined
          ? { document: { runs: [] }, text: 'These object versions are processed already' }
          : {
              document: { runs: [{ workflowId }] },
              text: `Started ${workflowId}; follow it: millrace show ${workflowId}`,
            };
      }),
    );
}

function hintOf(uri: string): ObjectHint {
  try {
    return parseS3Uri(uri);
  } catch (error) {
    throw new CommandError(EXIT_CODES.usage, (error as Error).message);
  }
}

/** The run that the intake started after our signal; undefined when it went idle without one. */
async function startedRun(runs: RunClient, pipeline: string, before: number): Promise<string | undefined> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    await sleep(POLL_MS);
    const progress = await runs.intake(pipeline);
    if (!progress) continue;
    if (progress.totals.runs > before) return progress.currentRun ?? progress.lastRun;
    if (progress.state === 'paused') break;
    if (progress.state === 'idle' && progress.pending === 0) return undefined;
  }
  throw new CommandError(
    EXIT_CODES.failed,
    `The intake did not start a run within ${START_TIMEOUT_MS / 1000} s: it may be paused or busy, see \`millrace runs ${pipeline}\``,
  );
}
