import { condition, setCurrentDetails } from '@temporalio/workflow';
import type { BatchRef } from '../../contracts/activities/control';
import type { IntakeSettings, ResolveBatchOutput } from '../../contracts/activities/intake';
import type { RunTrigger } from '../../contracts/messages';
import type { IntakeQueue, ObjectHint } from '../../domain/intake';
import type { Turns } from '../../domain/turns';
import { intake, landing } from './activities';
import { isCancellation, rootMessage } from './failures';

/** A plan that is missing or a store that is down is tried again after this time, or when another event comes. */
const RETRY_AFTER = '1 minute';
/** A feed that never rests must not keep a batch open for ever. */
const MAX_QUIET_TIMES = 20;

export interface NextBatch {
  readonly batch: BatchRef;
  readonly trigger: RunTrigger;
}

export interface BatchContext {
  readonly pipeline: string;
  readonly queue: IntakeQueue;
  /** One run at a time, whoever started it. */
  readonly turns: Turns;
  /** A long history ends every wait: nothing may keep the entity from continuing as new. */
  readonly isLong: () => boolean;
}

/** Events may come before the pipeline is applied; they wait instead of being lost. */
export async function readSettings(context: BatchContext): Promise<IntakeSettings | undefined> {
  return tried(context, () =>
    intake.readIntakeSettings.executeWithOptions({ summary: 'Read the current plan' }, [
      { pipeline: context.pipeline },
    ]),
  );
}

/** Waits until the batch is full or nothing new came for the quiet time. */
export async function collect(
  { queue, turns, isLong }: BatchContext,
  { batch }: IntakeSettings,
  sinceMs: number,
): Promise<void> {
  const quietMs = batch.quietSeconds * 1000;
  const deadlineMs = sinceMs + MAX_QUIET_TIMES * quietMs;
  let arrivals = queue.arrivals;
  const isFull = (): boolean =>
    queue.size >= batch.maxObjects ||
    queue.behind ||
    queue.nextAgain !== undefined ||
    turns.isWanted ||
    isLong();
  while (
    !isFull() &&
    Date.now() < deadlineMs &&
    (await condition(() => queue.arrivals !== arrivals || isFull(), quietMs))
  ) {
    arrivals = queue.arrivals;
  }
}

/** The next batch: what a person asked for first, then the backlog, then the news. Undefined: look again. */
export async function nextBatch(
  context: BatchContext,
  settings: IntakeSettings,
): Promise<NextBatch | undefined> {
  const { queue } = context;
  if (queue.nextAgain !== undefined) return batchAgain(context, queue.nextAgain);
  if (queue.behind && !queue.backlog) await surveyForBacklog(context);
  const batch = await (queue.backlog ? batchOfBacklog(context, settings) : batchOfHints(context, settings));
  return batch && { batch, trigger: 'event' };
}

async function batchAgain(context: BatchContext, request: string): Promise<NextBatch | undefined> {
  const { pipeline, queue } = context;
  const batch = await tried(context, () =>
    landing.openAgain.executeWithOptions({ summary: `Open the re-run ${request}` }, [{ pipeline, request }]),
  );
  if (!batch) return undefined;
  queue.finishAgain(request);
  return { batch, trigger: 'manual' };
}

async function surveyForBacklog(context: BatchContext): Promise<void> {
  const { pipeline, queue } = context;
  queue.startSurvey();
  const found = await tried(
    context,
    () =>
      landing.surveyLandingZone.executeWithOptions({ summary: 'Compare what landed with the ledger' }, [
        { pipeline },
      ]),
    () => {
      queue.behind = true;
    },
  );
  if (found?.backlog) queue.offerBacklog(found.backlog);
  if (found?.more === true) queue.behind = true;
}

async function batchOfBacklog(
  context: BatchContext,
  { planDigest }: IntakeSettings,
): Promise<BatchRef | undefined> {
  const { pipeline, queue } = context;
  const { uri = '', offset = 0, objects = 0 } = queue.backlog ?? {};
  const resolved = await tried(context, () =>
    landing.resolveBacklog.executeWithOptions({ summary: `Look up the backlog: ${offset} of ${objects}` }, [
      { pipeline, planDigest, backlog: { uri, offset } },
    ]),
  );
  if (!resolved) return undefined;
  queue.advanceBacklog(resolved.nextOffset);
  queue.count({ duplicates: resolved.skipped });
  return resolved.batch;
}

/** Adds to the batch, one small message after the other, until it is full or nothing is left. */
async function batchOfHints(context: BatchContext, settings: IntakeSettings): Promise<BatchRef | undefined> {
  const { queue } = context;
  const { maxObjects } = settings.batch;
  let batch: BatchRef | undefined;
  let goOn = true;
  while (goOn && queue.hints > 0) {
    const resolved = await resolveHints(context, settings, batch);
    if (!resolved) break;
    batch = resolved.batch ?? batch;
    const isOpen = resolved.later.length === 0 && resolved.blocked.length === 0;
    goOn = batch !== undefined && isOpen && batch.objects < maxObjects && !context.isLong();
    if (!batch && resolved.problem !== undefined) await pause(context, queue.arrivals, resolved.problem);
  }
  return batch;
}

/** What cannot be processed now is kept for its turn. */
async function resolveHints(
  context: BatchContext,
  { planDigest, batch: { maxObjects } }: IntakeSettings,
  open: BatchRef | undefined,
): Promise<ResolveBatchOutput | undefined> {
  const { pipeline, queue } = context;
  const hints = queue.takeBatch(maxObjects - (open?.objects ?? 0));
  const resolved = await tried(
    context,
    () =>
      landing.resolveBatch.executeWithOptions({ summary: `Look up objects: ${hints.length}` }, [
        { pipeline, planDigest, hints, ...(open ? { extend: open.uri } : {}) },
      ]),
    () => {
      queue.putBack(hints);
    },
  );
  if (!resolved) return undefined;
  const at = (indexes: readonly number[]): readonly ObjectHint[] =>
    hints.filter((_, index) => indexes.includes(index));
  queue.remember(hints.filter((_, index) => ![...resolved.later, ...resolved.blocked].includes(index)));
  queue.putBack(at(resolved.later));
  queue.putBack(at(resolved.blocked), 'end');
  queue.count({ duplicates: resolved.skipped });
  return resolved;
}

/** Undefined after a failure, once it is time to look again. */
async function tried<T>(
  context: BatchContext,
  work: () => Promise<T>,
  undo: () => void = () => undefined,
): Promise<T | undefined> {
  const { arrivals } = context.queue;
  try {
    return await work();
  } catch (error) {
    undo();
    if (isCancellation(error)) throw error;
    await pause(context, arrivals, rootMessage(error));
    return undefined;
  }
}

/** @param arrivals as they stood before what failed: news that came meanwhile are a reason to try at once. */
async function pause({ queue, isLong }: BatchContext, arrivals: number, problem: string): Promise<void> {
  setCurrentDetails(`**waiting**, ${queue.size} pending: ${problem}`);
  await condition(() => queue.arrivals !== arrivals || isLong(), RETRY_AFTER);
}
