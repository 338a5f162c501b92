import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { RunControl } from '../../contracts/activities/control';
import type { NotificationResult, RunSummary } from '../../contracts/messages';
import type { RunRef } from '../../domain/stage';
import { notifications } from './activities';
import { rootMessage } from './failures';
import type { RunTracker } from './run-tracker';

export type Channels = NonNullable<RunControl['notify']>;

/** Reasons are for people; the whole text stands in the history. */
const MAX_REASON = 200;

/**
 * Tells everybody whom the plan names for this verdict. What cannot be delivered is recorded and shown, and changes
 * nothing else; nor does a cancellation that comes now, when the run has ended.
 */
export async function tell(
  run: RunRef,
  channels: Channels,
  summary: RunSummary,
  tracker: RunTracker,
): Promise<RunSummary> {
  const wanted = [...channels.entries()].filter(([, { on }]) => on.includes(summary.verdict));
  if (wanted.length === 0) return summary;
  const results = await CancellationScope.nonCancellable(() =>
    Promise.all(wanted.map(([channel, { kind }]) => send(run, channel, kind, summary))),
  );
  return tracker.add({ notifications: results });
}

async function send(
  run: RunRef,
  channel: number,
  kind: string,
  summary: RunSummary,
): Promise<NotificationResult> {
  const { workflowId, runId } = workflowInfo();
  try {
    await notifications.notify.executeWithOptions({ summary: `Tell ${kind}: ${summary.verdict}` }, [
      { run, workflowId, runId, summary, channel },
    ]);
    return { kind, status: 'sent' };
  } catch (error) {
    return { kind, status: 'failed', reason: rootMessage(error).slice(0, MAX_REASON) };
  }
}
