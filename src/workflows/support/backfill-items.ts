import {
  condition,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { BackfillPlanRef, OpenBackfillItemOutput } from '../../contracts/activities/backfill';
import type { BackfillRun } from '../../contracts/backfill-messages';
import { workflowIds } from '../../contracts/workflow-names';
import { pipelineRun } from '../pipeline-run';
import { backfills } from './activities';
import type { BackfillBook } from './backfill-book';
import { endOf, FIRST_RERUN_MS, nextRerunMs, watchRun, type RunEnd } from './child-run';
import { isCancellation, isFinal, rootMessage } from './failures';

export interface BackfillContext {
  readonly pipeline: string;
  readonly plan: BackfillPlanRef;
  readonly concurrency: number;
  readonly book: BackfillBook;
  /** Workflow ids of runs under way. */
  readonly running: Set<string>;
  readonly isLong: () => boolean;
  /** Something has changed that people may want to see. */
  readonly show: () => void;
}

/** Reasons are for people; the whole text of a failure stands in the run's history. */
const MAX_REASON = 200;

/**
 * Merges the items of a plan, so many at a time; those of the same days one after the other.
 *
 * @returns false when the history became long before all were done; then none is under way any more
 */
export async function mergeItems(context: BackfillContext): Promise<boolean> {
  const { book, plan, concurrency, isLong } = context;
  const lanes = new Map<number, Promise<void>>();
  try {
    for (;;) {
      await condition(() => (!book.pause && lanes.size < concurrency) || isLong());
      if (isLong()) break;
      const index = book.take(plan.cost.items);
      if (index === undefined) break;
      const opened = await openItem(context, index);
      await condition(() => !opened?.after.some((earlier) => lanes.has(earlier)));
      const batch = opened && batchToRun(context, index, opened);
      if (!batch) continue;
      const lane = mergeBatch(context, index, batch).finally(() => lanes.delete(index));
      lanes.set(index, lane);
    }
  } finally {
    await Promise.allSettled(lanes.values());
  }
  return !book.hasMore(plan.cost.items);
}

type OpenedBatch = NonNullable<OpenBackfillItemOutput['batch']>;

function batchToRun(
  { book, show }: BackfillContext,
  index: number,
  { batch, after }: OpenBackfillItemOutput,
): OpenedBatch | undefined {
  const isHeld = after.some((earlier) => book.isLost(earlier));
  if (batch && !isHeld) return batch;
  if (batch) book.held(index);
  else book.settled();
  show();
  return undefined;
}

/** Undefined when it cannot be opened, which is counted, or not now: then it is put back. */
async function openItem(
  context: BackfillContext,
  index: number,
): Promise<OpenBackfillItemOutput | undefined> {
  const { pipeline, plan, book, isLong } = context;
  for (let waitMs = FIRST_RERUN_MS; !isLong(); waitMs = nextRerunMs(waitMs)) {
    try {
      const summary = `Open ${index + 1} of ${plan.cost.items}`;
      return await backfills.openBackfillItem.executeWithOptions({ summary }, [
        { pipeline, plan: plan.uri, index },
      ]);
    } catch (error) {
      if (isCancellation(error)) throw error;
      if (isFinal(error)) {
        book.failed(index, `item ${index}`, rootMessage(error).slice(0, MAX_REASON));
        return undefined;
      }
      await condition(isLong, waitMs);
    }
  }
  book.putBack(index);
  return undefined;
}

/** Never rejects: when the backfill is cancelled its runs are, too, and it says so itself. */
async function mergeBatch(context: BackfillContext, index: number, batch: OpenedBatch): Promise<void> {
  const { pipeline, book } = context;
  const { digest, uri } = batch;
  const run = { workflowId: workflowIds.run(pipeline, digest), batch: { digest, uri } };
  try {
    const ended = await untilDone(context, run, 'transform');
    if (ended === 'later') book.putBack(index);
    else if (ended.status === 'failed') book.failed(index, run.workflowId, ended.reason.slice(0, MAX_REASON));
    else book.completed(run, ended.summary);
  } catch (error) {
    book.failed(index, run.workflowId, rootMessage(error).slice(0, MAX_REASON));
  }
  context.show();
}

/**
 * A run that failed for technical reasons is tried again until it works or fails for good: an outage of hours needs no
 * person.
 *
 * @returns `later` when the history became long while it waited for its next try
 */
export async function untilDone(
  context: BackfillContext,
  run: BackfillRun,
  through?: 'transform',
): Promise<RunEnd | 'later'> {
  const { book, isLong, running, show } = context;
  for (let waitMs = FIRST_RERUN_MS; ; waitMs = nextRerunMs(waitMs)) {
    running.add(run.workflowId);
    show();
    const ended = await runOnce(context, run, through).finally(() => running.delete(run.workflowId));
    if (ended.status !== 'failed' || ended.final) return ended;
    await condition(isLong, waitMs);
    await condition(() => !book.pause || isLong());
    if (isLong()) return 'later';
  }
}

async function runOnce(
  { pipeline, plan }: BackfillContext,
  { workflowId, batch }: BackfillRun,
  through: 'transform' | undefined,
): Promise<RunEnd> {
  let child: ChildWorkflowHandle<typeof pipelineRun>;
  try {
    child = await startChild(pipelineRun, {
      workflowId,
      args: [
        {
          pipeline,
          planDigest: plan.planDigest,
          batch,
          trigger: 'backfill',
          ...(through ? { through } : {}),
        },
      ],
      // Whoever ends the backfill for good wants its runs to end as well, and to put back what they changed.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: through ? `Backfill of ${pipeline}: tables only` : `Backfill of ${pipeline}: training`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return watchRun(workflowId, () => false);
  }
  return endOf(child);
}
