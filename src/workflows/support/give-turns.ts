import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { turnSignal } from '../../contracts/turn-messages';
import type { Asker, Turns } from '../../domain/turns';
import { isCancellation } from './failures';
import { watchRun } from './child-run';

/** Gives a free turn to who waits longest, if it still does. */
export async function giveTurn(turns: Turns): Promise<void> {
  const next = turns.give();
  if (!next) return;
  try {
    await getExternalWorkflowHandle(next.workflowId, next.runId).signal(turnSignal);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // It has ended while it waited.
    turns.over(next);
  }
}

/** Waits until the holder gives its turn back or has ended, however it ended, or `isLong`. */
export async function awaitTurnEnd(turns: Turns, holder: Asker, isLong: () => boolean): Promise<void> {
  const { status } = await watchRun(holder.workflowId, () => isLong() || !turns.isHeldBy(holder));
  if (status !== 'running') turns.over(holder);
}
