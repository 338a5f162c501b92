import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import type { ReconcileIntakeInput } from '../contracts/messages';
import { TASK_QUEUES } from '../contracts/task-queues';
import { WORKFLOWS, workflowIds } from '../contracts/workflow-names';

/** `created` and `updated` say that something changed. */
export type ScheduleChange = 'created' | 'updated' | 'removed' | 'unchanged';

/**
 * Makes the schedule of a pipeline's reconciliation what the plan says; idempotent. A new one looks at once: files may
 * have landed before anybody listened.
 *
 * @param everyMinutes 0 = no schedule
 */
export async function ensureReconcileSchedule(
  client: Client,
  pipeline: string,
  everyMinutes: number,
): Promise<ScheduleChange> {
  const standing = await intervalMinutes(client, pipeline);
  const handle = client.schedule.getHandle(workflowIds.reconcile(pipeline));
  if (standing === everyMinutes || (standing === undefined && everyMinutes === 0)) return 'unchanged';
  if (everyMinutes === 0) {
    await handle.delete();
    return 'removed';
  }
  const options = scheduleOptions(pipeline, everyMinutes);
  if (standing !== undefined) {
    await handle.update((previous) => ({ ...previous, spec: options.spec }));
    return 'updated';
  }
  try {
    await client.schedule.create({ ...options, state: { triggerImmediately: true } });
    return 'created';
  } catch (error) {
    // Somebody else applied the pipeline at the same time.
    if (error instanceof ScheduleAlreadyRunning) return 'unchanged';
    throw error;
  }
}

async function intervalMinutes(client: Client, pipeline: string): Promise<number | undefined> {
  try {
    const { spec } = await client.schedule.getHandle(workflowIds.reconcile(pipeline)).describe();
    return (spec.intervals?.[0]?.every ?? 0) / 60_000;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

function scheduleOptions(pipeline: string, everyMinutes: number): ScheduleOptions {
  const input: ReconcileIntakeInput = { pipeline };
  return {
    scheduleId: workflowIds.reconcile(pipeline),
    spec: { intervals: [{ every: everyMinutes * 60_000 }] },
    // What was missed while nothing ran is found by the next look.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOWS.reconcileIntake,
      workflowId: workflowIds.reconcile(pipeline),
      taskQueue: TASK_QUEUES.control,
      args: [input],
      staticSummary: `What landed for ${pipeline} without an event`,
    },
  };
}
