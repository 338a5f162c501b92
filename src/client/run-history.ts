import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { PipelineRunInput } from '../contracts/messages';
import { WORKFLOWS } from '../contracts/workflow-names';
import type { Stage } from '../domain/stage';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];

interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

/** Stages that are child workflows, whatever their activities are called. */
const STAGE_OF_CHILD: Readonly<Record<string, Stage>> = {
  [WORKFLOWS.trainModel]: 'train',
  [WORKFLOWS.deployModel]: 'deploy',
  [WORKFLOWS.backupPipeline]: 'backup',
};

/**
 * The highest attempt of each stage that was tried, of running and of ended runs: from the histories of the run and
 * of its children, and for activities under way from the server's list of them.
 */
export async function stageAttempts(client: Client, run: Execution): Promise<ReadonlyMap<string, number>> {
  const attempts = new Map<string, number>();
  await countAttempts(client, run, undefined, (stage, attempt) => {
    attempts.set(stage, Math.max(attempts.get(stage) ?? 0, attempt));
  });
  return attempts;
}

async function countAttempts(
  client: Client,
  execution: Execution,
  stage: Stage | undefined,
  count: (stage: string, attempt: number) => void,
): Promise<void> {
  const events = await readEvents(client, execution);
  for (const { activity, attempt } of startedActivities(events)) count(stage ?? activity, attempt);
  for (const { activity, attempt } of await pendingActivities(client, execution))
    count(stage ?? activity, attempt);
  for (const event of events) {
    const { workflowExecution: child, workflowType } =
      event.childWorkflowExecutionStartedEventAttributes ?? {};
    const { workflowId, runId } = child ?? {};
    if (!workflowId || !runId) continue;
    await countAttempts(client, { workflowId, runId }, STAGE_OF_CHILD[workflowType?.name ?? ''], count);
  }
}

interface Attempt {
  readonly activity: string;
  readonly attempt: number;
}

/** The server writes the start of an activity when its last attempt has ended. */
function startedActivities(events: readonly HistoryEvent[]): readonly Attempt[] {
  const names = new Map(
    events.map((event) => [
      String(event.eventId),
      event.activityTaskScheduledEventAttributes?.activityType?.name ?? '',
    ]),
  );
  return events.flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started
      ? [{ activity: names.get(String(started.scheduledEventId)) ?? '', attempt: started.attempt ?? 1 }]
      : [],
  );
}

async function pendingActivities(client: Client, execution: Execution): Promise<readonly Attempt[]> {
  const description = await handleOf(client, execution).describe().catch(ignoreForgotten);
  const pending = description?.raw.pendingActivities ?? [];
  return pending.map(({ activityType, attempt }) => ({
    activity: activityType?.name ?? '',
    attempt: attempt ?? 1,
  }));
}

/** What a run was started with. */
export async function runInput(client: Client, run: Execution): Promise<PipelineRunInput | undefined> {
  const [first] = await readEvents(client, run);
  const payload = first?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload<PipelineRunInput>(payload) : undefined;
}

/** Empty when the server has forgotten it: histories are kept for a limited time. */
async function readEvents(client: Client, execution: Execution): Promise<readonly HistoryEvent[]> {
  const history = await handleOf(client, execution).fetchHistory().catch(ignoreForgotten);
  return history?.events ?? [];
}

function ignoreForgotten(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}

function handleOf(
  client: Client,
  { workflowId, runId }: Execution,
): ReturnType<Client['workflow']['getHandle']> {
  return client.workflow.getHandle(workflowId, runId);
}
