import {
  condition,
  ParentClosePolicy,
  setCurrentDetails,
  startChild,
  WorkflowIdReusePolicy,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { CurrentRun } from '../../contracts/messages';
import type { RunState } from '../../domain/run-state';
import { pipelineRun } from '../pipeline-run';
import { landing } from './activities';
import { endOf, FIRST_RERUN_MS, nextRerunMs, watchRun } from './child-run';
import type { BatchContext } from './intake-batch';
import { isCancellation } from './failures';

/**
 * Takes a batch one step on: to the end of a run, or to its next try. A technical failure is tried again, stage
 * results are reused, until it works: an outage of hours needs no person. After a final failure (bad input, stopped
 * by wish) the feed goes on with the next batch. Returns undefined when the batch is done with.
 */
export async function driveRun(context: BatchContext, run: CurrentRun): Promise<CurrentRun | undefined> {
  const { startAtMs, ...running } = run;
  if (startAtMs !== undefined && !(await untilStart(context, startAtMs))) return run;
  if (!context.turns.beginOwn(running.workflowId)) return run;
  const ended = await (
    startAtMs === undefined ? watchRun(running.workflowId, context.isLong) : start(context, running)
  ).finally(() => {
    context.turns.endOwn();
  });
  switch (ended.status) {
    case 'running':
      return running;
    case 'completed':
      return undefined;
    case 'unknown':
      // Its history is gone. If it published nothing, the survey finds its objects again.
      context.queue.behind = true;
      return undefined;
    case 'failed':
      return ended.final ? giveUp(context, running) : tryLater(context, running, ended.reason);
  }
}

/** False when the history became long before it was time, or somebody else is to work first. */
async function untilStart({ queue, turns, isLong }: BatchContext, startAtMs: number): Promise<boolean> {
  const leftMs = startAtMs - Date.now();
  const isOver = (): boolean => turns.isWanted || isLong();
  if (leftMs > 0) await condition(isOver, leftMs);
  await condition(() => !queue.paused || isOver());
  return !isOver();
}

/** Starts the run and waits for its end; `running` when the history became long meanwhile. */
async function start(context: BatchContext, run: CurrentRun): Promise<RunState> {
  const { pipeline, queue, isLong } = context;
  let child: ChildWorkflowHandle<typeof pipelineRun>;
  try {
    const { planDigest, trigger, workflowId, batch } = run;
    child = await startChild(pipelineRun, {
      workflowId,
      args: [{ pipeline, planDigest, batch: { digest: batch.digest, uri: batch.uri }, trigger }],
      // The run outlives our history: after continue-as-new it is watched from outside.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      staticSummary: `Batch of ${pipeline}, objects: ${batch.objects}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    queue.count({ duplicates: run.batch.objects });
    return watchRun(run.workflowId, isLong);
  }
  if (run.waitMs === FIRST_RERUN_MS) queue.count({ runs: 1 });
  let ended: RunState | undefined;
  void endOf(child).then((state) => (ended = state));
  await condition(() => ended !== undefined || isLong());
  return ended ?? { status: 'running' };
}

function tryLater({ queue }: BatchContext, run: CurrentRun, reason: string): CurrentRun {
  setCurrentDetails(`**running again** in ${run.waitMs / 1000} s, ${queue.size} pending: ${reason}`);
  return {
    ...run,
    startAtMs: Date.now() + run.waitMs,
    waitMs: nextRerunMs(run.waitMs),
  };
}

async function giveUp({ pipeline, queue }: BatchContext, run: CurrentRun): Promise<undefined> {
  queue.count({ failedRuns: 1 });
  const { workflowId, batch } = run;
  try {
    await landing.recordFailure.executeWithOptions({ summary: 'Keep these objects until somebody asks' }, [
      { pipeline, batch: { digest: batch.digest, uri: batch.uri }, workflowId },
    ]);
  } catch (error) {
    // Without the record the next reconciliation only tries them once more.
    if (isCancellation(error)) throw error;
  }
  return undefined;
}
