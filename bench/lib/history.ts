import type { Client } from '@temporalio/client';
import { epochMs } from '../../test/support/epoch-ms';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];

/** From the start of an activity's last attempt to its end. */
export interface ActivitySpan {
  readonly type: string;
  readonly attempt: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface RunTimes {
  readonly startMs: number;
  readonly endMs: number;
  readonly activities: readonly ActivitySpan[];
}

/** Times of a closed run and of the child workflows that it waited for, from their histories. */
export async function runTimes(client: Client, workflowId: string, runId?: string): Promise<RunTimes> {
  const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const times = (events ?? []).map(eventMs);
  const activities = activitySpans(events ?? []);
  const children = (events ?? []).flatMap((event) => {
    const execution = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    return execution ? [execution] : [];
  });
  for (const child of children) {
    const childTimes = await runTimes(client, child.workflowId ?? '', child.runId ?? undefined);
    activities.push(...childTimes.activities);
  }
  return { startMs: times[0] ?? 0, endMs: times.at(-1) ?? 0, activities };
}

function activitySpans(events: readonly HistoryEvent[]): ActivitySpan[] {
  const byId = new Map(events.map((event) => [String(event.eventId), event]));
  return events.flatMap((event) => {
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    if (!ended) return [];
    const started = byId.get(String(ended.startedEventId));
    const scheduled = byId.get(String(ended.scheduledEventId));
    return [
      {
        type: scheduled?.activityTaskScheduledEventAttributes?.activityType?.name ?? '',
        attempt: started?.activityTaskStartedEventAttributes?.attempt ?? 1,
        startMs: started ? eventMs(started) : 0,
        endMs: eventMs(event),
      },
    ];
  });
}

const eventMs = (event: HistoryEvent): number => epochMs(event.eventTime);
