import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BackfillPlanRef } from '../contracts/activities/backfill';
import {
  backfillProgressQuery,
  type BackfillInput,
  type BackfillProgress,
  type BackfillResult,
} from '../contracts/backfill-messages';
import { pauseSignal, resumeSignal } from '../contracts/messages';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';
import { pauseNoteText } from '../domain/pause-note';
import { backfills } from './support/activities';
import { BackfillBook } from './support/backfill-book';
import { mergeItems, untilDone, type BackfillContext } from './support/backfill-items';

const DEFAULT_CONCURRENCY = 2;
/** Live data may come for ever; what is overtaken after this many rounds is left to the next backfill. */
const MAX_FOLLOW_UPS = 5;

/**
 * Processes old batches once more, each by a run of its own through the tables, in the background of live data. The
 * last run goes through all stages, so there is one training, on all of it.
 */
export async function backfillPipeline(input: BackfillInput): Promise<BackfillResult> {
  const { pipeline, concurrency = DEFAULT_CONCURRENCY, carried } = input;
  const book = new BackfillBook(carried);
  const running = new Set<string>();
  let state: BackfillProgress['state'] = 'planning';
  let plan = input.plan;
  const progress = (): BackfillProgress => progressOf(input, book, running, state, plan);
  setHandler(backfillProgressQuery, progress);
  setHandler(pauseSignal, (note = {}) => void (book.pause = note));
  setHandler(resumeSignal, () => void (book.pause = undefined));
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.pipeline, value: pipeline },
    { key: SEARCH_ATTRIBUTES.trigger, value: 'backfill' },
  ]);
  const show = (): void => {
    setCurrentDetails(describe(progress()));
  };

  plan ??= await makePlan(input);
  show();
  if (input.dryRun === true) return { pipeline, plan, counts: book.counts };
  const isLong = (): boolean => workflowInfo().continueAsNewSuggested;
  for (let round = carried?.round ?? 0; ; round += 1) {
    state = 'running';
    const before = book.counts.merged;
    if (!(await mergeItems({ pipeline, plan, concurrency, book, running, isLong, show }))) {
      return goOn(input, plan, book, round);
    }
    if (round >= MAX_FOLLOW_UPS || (round > 0 && book.counts.merged === before)) break;
    const next = await makePlan(input, plan.uri);
    if (next.cost.items === 0) break;
    plan = next;
    book.turnOver();
  }
  state = 'training';
  const verdict = await trainOnce({ pipeline, plan, concurrency, book, running, isLong: () => false, show });
  state = 'done';
  show();
  return { pipeline, plan, counts: book.counts, ...(verdict ? { verdict } : {}) };
}

function makePlan(input: BackfillInput, follows?: string): Promise<BackfillPlanRef> {
  const { pipeline, from, to, only, concurrency = DEFAULT_CONCURRENCY, by = '' } = input;
  const summary =
    follows === undefined ? `Plan ${from} to ${to}` : 'Look for newer rows that were merged over';
  return backfills.planBackfill.executeWithOptions({ summary }, [
    {
      pipeline,
      wish: { from, to, ...(only ? { only } : {}) },
      concurrency,
      by,
      ...(follows === undefined ? {} : { follows }),
    },
  ]);
}

async function goOn(
  input: BackfillInput,
  plan: BackfillPlanRef,
  book: BackfillBook,
  round: number,
): Promise<never> {
  await condition(allHandlersFinished);
  return continueAsNew<typeof backfillPipeline>({ ...input, plan, carried: { ...book.carry(), round } });
}

/** Stages that were finished are reused, so this trains on the table as it is after the last merge. */
async function trainOnce(context: BackfillContext): Promise<BackfillResult['verdict']> {
  const { book, show } = context;
  if (!book.newest) return undefined;
  await condition(() => !book.pause);
  show();
  const ended = await untilDone(context, book.newest);
  if (ended === 'later' || ended.status === 'unknown' || ended.status === 'running') return 'unknown';
  return ended.status === 'failed' ? 'failed' : (ended.summary?.verdict ?? 'unknown');
}

function progressOf(
  { pipeline, from, to, only }: BackfillInput,
  book: BackfillBook,
  running: ReadonlySet<string>,
  state: BackfillProgress['state'],
  plan: BackfillPlanRef | undefined,
): BackfillProgress {
  return {
    pipeline,
    state: book.pause && state !== 'done' ? 'paused' : state,
    wish: { from, to, ...(only ? { only } : {}) },
    ...(plan ? { plan } : {}),
    counts: book.counts,
    running: [...running],
    failures: book.failures,
    ...(book.pause ? { pauseNote: book.pause } : {}),
  };
}

function describe({ state, wish, plan, counts, running, failures, pauseNote }: BackfillProgress): string {
  const { merged, rejected, failed, held, settled } = counts;
  const note = pauseNoteText(pauseNote);
  return [
    `**${state}** ${note}`,
    `${wish.from} to ${wish.to}, ${plan?.cost.items ?? 0} batches: ${merged} merged, ${rejected} rejected, ${failed} failed, ${held} held, ${settled} had nothing to do`,
    running.map((run) => `\`${run}\``).join(' '),
    ...failures.map(({ workflowId, reason }) => `\`${workflowId}\` ${reason}`),
  ].join('\n\n');
}
