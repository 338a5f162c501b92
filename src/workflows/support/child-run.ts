import { ChildWorkflowFailure, condition, type ChildWorkflowHandle } from '@temporalio/workflow';
import type { RunSummary } from '../../contracts/messages';
import type { RunState } from '../../domain/run-state';
import type { pipelineRun } from '../pipeline-run';
import { intake } from './activities';
import { isCancellation, isFinal, rootMessage } from './failures';

/** Waits between tries of a run that failed for technical reasons: 30 s, doubled up to ten minutes. */
export const FIRST_RERUN_MS = 30_000;
const LAST_RERUN_MS = 600_000;
/** Looks at a run that is not our child (any more): after 1 s, then less and less often. */
const FIRST_LOOK_MS = 1_000;
const LAST_LOOK_MS = 30_000;

export function nextRerunMs(waitMs: number): number {
  return Math.min(2 * waitMs, LAST_RERUN_MS);
}

/** How a run stands; with its summary when it is our child that has completed. */
export type RunEnd = RunState & { readonly summary?: RunSummary };

export async function endOf(child: ChildWorkflowHandle<typeof pipelineRun>): Promise<RunEnd> {
  try {
    return { status: 'completed', summary: await child.result() };
  } catch (error) {
    const final = !(error instanceof ChildWorkflowFailure) || isCancellation(error) || isFinal(error);
    return { status: 'failed', final, reason: rootMessage(error) };
  }
}

/** For any workflow; not being able to look counts as `running`. */
export async function runStatus(workflowId: string): Promise<RunState['status']> {
  return (await look(workflowId)).status;
}

/** Waits for a run that is no child of this execution, by looking at it now and then. */
export async function watchRun(workflowId: string, isLong: () => boolean): Promise<RunState> {
  for (let waitMs = FIRST_LOOK_MS; !isLong(); waitMs = Math.min(2 * waitMs, LAST_LOOK_MS)) {
    const state = await look(workflowId);
    if (state.status !== 'running') return state;
    await condition(isLong, waitMs);
  }
  return { status: 'running' };
}

/** Not being able to look says nothing about the run. */
async function look(workflowId: string): Promise<RunState> {
  try {
    return await intake.describeRun.executeWithOptions({ summary: `Look at ${workflowId}` }, [
      { workflowId },
    ]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { status: 'running' };
  }
}
