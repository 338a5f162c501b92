import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { RunClient } from '../../client/run-client';
import type { AgainDocument } from '../../contracts/activities/intake';
import type { SourceObject } from '../../domain/artifact';
import { lakeLayout } from '../../domain/lake-layout';
import { formatS3Uri, parseS3Uri, type ObjectLocation } from '../../domain/s3-uri';
import { writeBacklog } from '../../lake/backlog';
import { createDocument } from '../../lake/documents';
import type { LandingZone } from '../../lake/landing-zone';
import { mapConcurrent } from '../../lake/map-concurrent';
import { PermanentFailure } from '../../ports/failures';
import type { ObjectHead } from '../../ports/object-store';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { landingZoneOf, ledgerOf, waitingObjects } from '../landing';
import type { Output } from '../output';
import type { CliSession } from '../session';

/** A signal reaches the entity within a second; the plan's quiet time comes on top. */
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 200;
const LANES = 8;

interface RunOptions {
  readonly object?: readonly string[];
  readonly again?: boolean;
  readonly reason?: string;
  readonly by?: string;
}

export function registerRun(program: Command): void {
  program
    .command('run PIPELINE')
    .description('process now what landed and is not processed yet, or the named objects')
    .option('--object <uri...>', 's3://bucket/key, may be given several times')
    .option('--again', 'process the named objects once more, although they were processed')
    .option('--reason <text>', 'why again; recorded')
    .option('--by <name>', 'who wants it; recorded (default: you)')
    .action(commandAction(startRun));
}

async function startRun(
  session: CliSession,
  output: Output,
  pipeline: string,
  options: RunOptions,
): Promise<CommandResult> {
  checkUsage(options);
  const zone = await landingZoneOf(session, pipeline);
  const objects = options.object
    ? await namedObjects(session, zone, options.object)
    : await waitingObjects(session, pipeline);
  if (objects.length === 0) {
    return { document: { runs: [] }, text: `Everything that landed for ${pipeline} is processed` };
  }
  const names = objects.slice(0, 3).map(formatS3Uri).join(', ');
  output.info(`Objects to process: ${objects.length} (${names}${objects.length > 3 ? ', …' : ''})`);
  const runs = await session.runs();
  const before = (await runs.intake(pipeline))?.totals.runs ?? 0;
  if (options.again === true) await askAgain(session, pipeline, objects, options);
  else await ask(session, pipeline, objects);
  const workflowId = await startedRun(session, runs, pipeline, before);
  return workflowId === undefined
    ? {
        document: { runs: [] },
        text: `These object versions are processed already; once more: ${session.hint(`run ${pipeline} --object URI --again --reason TEXT`)}`,
      }
    : {
        document: { runs: [{ workflowId }] },
        text: `Started ${workflowId}\nNext: ${session.hint(`show ${workflowId}`)}`,
      };
}

function checkUsage({ object, again, reason }: RunOptions): void {
  if (again !== true) return;
  if (object && (reason ?? '').trim() !== '') return;
  throw new CommandError(EXIT_CODES.usage, '--again needs --object URI and --reason TEXT');
}

/** A person's wish outweighs the record of a failed run. */
async function ask(session: CliSession, pipeline: string, objects: readonly SourceObject[]): Promise<void> {
  const ledger = ledgerOf(session);
  await mapConcurrent(objects, LANES, (object) => ledger.clearFailed(pipeline, object));
  const { lakeBucket } = session.settings;
  const backlog = await writeBacklog(session.store, lakeBucket, pipeline, objects);
  await (await session.intake()).offerBacklog(pipeline, backlog);
}

async function askAgain(
  session: CliSession,
  pipeline: string,
  objects: readonly SourceObject[],
  options: RunOptions,
): Promise<void> {
  const ledger = ledgerOf(session);
  for (const object of objects) {
    if ((await ledger.find(pipeline, object)) !== undefined) continue;
    throw new CommandError(
      EXIT_CODES.refused,
      `Object was not processed yet [uri=${formatS3Uri(object)}]: run it without --again`,
    );
  }
  const document: AgainDocument = {
    formatVersion: 1,
    pipeline,
    request: randomBytes(8).toString('hex'),
    by: options.by ?? userInfo().username,
    reason: options.reason ?? '',
    requestedAt: new Date().toISOString(),
    objects,
  };
  const key = lakeLayout.againRequest(pipeline, document.request);
  await createDocument(session.store, { bucket: session.settings.lakeBucket, key }, document);
  await (await session.intake()).runAgain(pipeline, document.request);
}

/** The newest version of each. */
async function namedObjects(
  session: CliSession,
  zone: LandingZone,
  uris: readonly string[],
): Promise<readonly SourceObject[]> {
  const objects: SourceObject[] = [];
  for (const location of uris.map((uri) => landedLocation(uri, zone))) {
    const { bucket, key, versionId, etag, bytes, lastModified } = await headLanded(session, location);
    objects.push({ bucket, key, ...(versionId ? { versionId } : {}), etag, bytes, lastModified });
  }
  return objects;
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
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
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
