import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { RunClient } from '../../client/run-client';
import type { ObjectHint } from '../../domain/intake';
import { formatS3Uri, parseS3Uri, type ObjectLocation } from '../../domain/s3-uri';
import { PermanentFailure } from '../../ports/failures';
import type { ObjectHead } from '../../ports/object-store';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { hintOf, unprocessedObjects } from '../landing';
import type { Output } from '../output';
import type { CliSession } from '../session';

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
    .action(commandAction(startRun));
}

async function startRun(
  session: CliSession,
  output: Output,
  pipeline: string,
  options: { readonly object?: readonly string[] },
): Promise<CommandResult> {
  const hints = await objectsToRun(session, pipeline, options.object);
  if (hints.length === 0) {
    return { document: { runs: [] }, text: `Everything that landed for ${pipeline} is processed` };
  }
  const names = hints.slice(0, 3).map(formatS3Uri).join(', ');
  output.info(`Objects to process: ${hints.length} (${names}${hints.length > 3 ? ', …' : ''})`);
  const runs = await session.runs();
  const before = (await runs.intake(pipeline))?.totals.runs ?? 0;
  const intake = await session.intake();
  for (let start = 0; start < hints.length; start += HINTS_PER_SIGNAL) {
    await intake.signalObjects(pipeline, hints.slice(start, start + HINTS_PER_SIGNAL));
  }
  const workflowId = await startedRun(session, runs, pipeline, before);
  return workflowId === undefined
    ? { document: { runs: [] }, text: 'These object versions are processed already' }
    : {
        document: { runs: [{ workflowId }] },
        text: `Started ${workflowId}\nNext: ${session.hint(`show ${workflowId}`)}`,
      };
}

async function objectsToRun(
  session: CliSession,
  pipeline: string,
  uris: readonly string[] | undefined,
): Promise<readonly ObjectHint[]> {
  const plan = await session.plans.load(pipeline, await session.plans.currentDigest(pipeline));
  if (!uris) return unprocessedObjects(session, pipeline);
  const zone = { bucket: session.settings.lakeBucket, prefix: plan.source.prefix };
  const locations = uris.map((uri) => landedLocation(uri, zone));
  const hints: ObjectHint[] = [];
  for (const location of locations) hints.push(hintOf(await headLanded(session, location)));
  return hints;
}

/** @throws CommandError usage for what is no object URI or lies outside of the pipeline's landing zone. */
export function landedLocation(
  uri: string,
  zone: { readonly bucket: string; readonly prefix: string },
): ObjectLocation {
  const location = parseUri(uri);
  const isInside = location.bucket === zone.bucket && location.key.startsWith(zone.prefix);
  if (isInside && !location.key.endsWith('/')) return location;
  const expected = formatS3Uri({ bucket: zone.bucket, key: `${zone.prefix}…` });
  throw new CommandError(
    EXIT_CODES.usage,
    `Object is outside of the pipeline's landing zone [uri=${uri}]: expected ${expected}`,
  );
}

function parseUri(uri: string): ObjectLocation {
  try {
    return parseS3Uri(uri);
  } catch (error) {
    throw new CommandError(EXIT_CODES.usage, (error as Error).message);
  }
}

async function headLanded({ store }: CliSession, location: ObjectLocation): Promise<ObjectHead> {
  try {
    return await store.head(location);
  } catch (error) {
    if (!(error instanceof PermanentFailure) || error.code !== 'NotFound') throw error;
    throw new CommandError(EXIT_CODES.notFound, `No such object [uri=${formatS3Uri(location)}]`);
  }
}

/** The run that the intake started after our signal; undefined when it went idle without one. */
async function startedRun(
  { hint }: CliSession,
  runs: RunClient,
  pipeline: string,
  before: number,
): Promise<string | undefined> {
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
    `The intake did not start a run within ${START_TIMEOUT_MS / 1000} s: it may be paused or busy, see \`${hint(`runs ${pipeline}`)}\``,
  );
}
