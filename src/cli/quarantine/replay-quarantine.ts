import { basename } from 'node:path';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { workflowIds } from '../../contracts/workflow-names';
import type { SourceObject } from '../../domain/artifact';
import { lakeLayout } from '../../domain/lake-layout';
import { claimState, readOutcomes, readReplays, type ReplayRecord } from '../../lake/replays';
import { fileBody } from '../../lake/streams';
import { claimNextReplay, type ReplayOffer, type ReplayWish } from '../../workers/quarantine/replay-rows';
import { CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { Output } from '../output';
import type { CliSession } from '../session';
import { rowQuestion } from './row-question';

interface ReplayOptions {
  readonly batch?: string;
  readonly with?: string;
  readonly includeSuperseded?: boolean;
  readonly dryRun?: boolean;
}

/** First finishes what an interrupted replay has claimed, then claims what is open and starts its run. */
export async function replayQuarantine(
  session: CliSession,
  output: Output,
  pipeline: string,
  options: ReplayOptions,
): Promise<CommandResult> {
  const { batch = '', with: file, includeSuperseded = false, dryRun = false } = options;
  if (file !== undefined && batch === '') {
    throw new CommandError(EXIT_CODES.usage, '--with needs --batch: the batch that the file corrects');
  }
  const { lake } = await rowQuestion(session, pipeline, batch === '' ? {} : { batch });
  const plan = await session.plans.load(pipeline, await session.plans.currentDigest(pipeline));
  const resumed = dryRun ? [] : await startUnfinished(session, pipeline);
  for (const run of resumed) output.info(`Going on with ${run}`);
  const correction =
    file === undefined || dryRun ? undefined : await uploadCorrection(session, pipeline, file);
  const wish: ReplayWish = {
    batch,
    includeSuperseded,
    ...(correction ? { correction } : {}),
    maxBytes: plan.source.batch.maxBytes,
  };
  const claimed = await claimNextReplay(lake, wish, dryRun);
  const started = claimed?.record ? [await startReplay(session, pipeline, claimed.record)] : [];
  return answer(session, pipeline, { resumed, started, offer: claimed?.offer, dryRun });
}

interface Answer {
  readonly resumed: readonly string[];
  readonly started: readonly string[];
  readonly offer: ReplayOffer | undefined;
  readonly dryRun: boolean;
}

function answer(
  session: CliSession,
  pipeline: string,
  { resumed, started, offer, dryRun }: Answer,
): CommandResult {
  const batches = offer?.batches ?? [];
  const document = {
    pipeline,
    runs: [...resumed, ...started].map((workflowId) => ({ workflowId })),
    batches,
    more: offer?.more ?? false,
  };
  const what = batches.map(
    ({ batch, rows }) => `${batch.slice(0, 16)}: ${rows === undefined ? 'the whole batch' : `${rows} rows`}`,
  );
  if (dryRun) return { document, text: ['Would replay', ...what].join('\n') };
  if (!offer) return { document, text: `Nothing of ${pipeline} is open` };
  const next = [`Next: ${session.hint(`wait ${pipeline}`)}`];
  if (offer.more) next.push(`      ${session.hint(`quarantine replay ${pipeline}`)} (more is open)`);
  return { document, text: [`Started ${started.join(', ')}`, ...what, ...next].join('\n') };
}

/** Runs of replays that have claimed rows and no outcome: killed before their start, failed, or still running. */
async function startUnfinished(session: CliSession, pipeline: string): Promise<readonly string[]> {
  const place = { store: session.store, lakeBucket: session.settings.lakeBucket, pipeline };
  const records = await readReplays(place);
  const outcomes = await readOutcomes(place);
  const started: string[] = [];
  for (const record of records) {
    if (claimState(record, outcomes) === 'replaying')
      started.push(await startReplay(session, pipeline, record));
  }
  return started;
}

/** Starting what runs already is not an error: the run belongs to the claim, not to who started it. */
async function startReplay(session: CliSession, pipeline: string, record: ReplayRecord): Promise<string> {
  const workflowId = workflowIds.run(pipeline, record.batchDigest);
  const planDigest = await session.plans.currentDigest(pipeline);
  const batch = { digest: record.batchDigest, uri: record.batchUri };
  try {
    await (
      await session.runs()
    ).start(workflowId, { pipeline, planDigest, batch, trigger: 'replay', inTurn: true });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return workflowId;
}

/** Outside of the landing zone, so that no event of it makes a batch of its own. */
async function uploadCorrection(
  { store, settings }: CliSession,
  pipeline: string,
  file: string,
): Promise<SourceObject> {
  const body = await fileBody(file).catch((error: unknown) => {
    throw new CommandError(
      EXIT_CODES.notFound,
      `File cannot be read [file=${file}]: ${(error as Error).message}`,
    );
  });
  const key = lakeLayout.replayCorrection(pipeline, body.sha256, basename(file));
  const location = { bucket: settings.lakeBucket, key };
  const { head } = await store.createIfAbsent(location, body);
  const { versionId, etag, bytes, lastModified } = head;
  return { ...location, ...(versionId ? { versionId } : {}), etag, bytes, lastModified };
}
