import { WorkflowNotFoundError, type Client, type WorkflowStartOptions } from '@temporalio/client';
import type { BackfillPlanRef } from '../contracts/activities/backfill';
import {
  backfillProgressQuery,
  type BackfillInput,
  type BackfillProgress,
  type BackfillResult,
} from '../contracts/backfill-messages';
import { pauseSignal, resumeSignal } from '../contracts/messages';
import { TASK_QUEUES } from '../contracts/task-queues';
import { WORKFLOWS, workflowIds } from '../contracts/workflow-names';
import type { PauseNote } from '../domain/pause-note';

/** Of 1 to 5, where 3 is what everything else has: whatever live data need comes first. */
const LOWEST_PRIORITY = 5;

/** Old data once more; one backfill at a time for a pipeline. */
export interface BackfillClient {
  /** Plans and changes nothing; waits for the plan. */
  readonly plan: (input: BackfillInput) => Promise<BackfillPlanRef>;
  /** @throws WorkflowExecutionAlreadyStartedError when one is under way. */
  readonly start: (input: BackfillInput) => Promise<string>;
  readonly pause: (pipeline: string, note: PauseNote) => Promise<void>;
  readonly resume: (pipeline: string) => Promise<void>;
  /** Its runs under way are cancelled as well. */
  readonly cancel: (pipeline: string) => Promise<void>;
  /** Of the newest one, under way or ended; undefined when there is none. */
  readonly find: (pipeline: string) => Promise<BackfillInfo | undefined>;
  /** Waits for the end. @throws WorkflowFailedError when it was cancelled or failed */
  readonly result: (pipeline: string) => Promise<BackfillResult>;
}

export interface BackfillInfo {
  readonly workflowId: string;
  readonly runId: string;
  /** In lower case, as the server calls it: `running`, `completed`, `cancelled`, … */
  readonly status: string;
  readonly progress: BackfillProgress;
}

type BackfillWorkflow = (input: BackfillInput) => Promise<BackfillResult>;

export function createBackfillClient(client: Client): BackfillClient {
  const handleOf = (pipeline: string): ReturnType<typeof client.workflow.getHandle<BackfillWorkflow>> =>
    client.workflow.getHandle<BackfillWorkflow>(workflowIds.backfill(pipeline));
  return {
    plan: async (input) => {
      const options = startOptions({ ...input, dryRun: true }, workflowIds.backfillPlan(input.pipeline));
      const { plan } = await client.workflow.execute<BackfillWorkflow>(WORKFLOWS.backfillPipeline, options);
      return plan;
    },
    start: async (input) => {
      const options = startOptions(input, workflowIds.backfill(input.pipeline));
      const handle = await client.workflow.start<BackfillWorkflow>(WORKFLOWS.backfillPipeline, options);
      return handle.firstExecutionRunId;
    },
    pause: (pipeline, note) => handleOf(pipeline).signal(pauseSignal, note),
    resume: (pipeline) => handleOf(pipeline).signal(resumeSignal),
    cancel: async (pipeline) => {
      await handleOf(pipeline).cancel();
    },
    find: async (pipeline) => {
      const handle = handleOf(pipeline);
      try {
        const { runId, status } = await handle.describe();
        const progress = await handle.query(backfillProgressQuery);
        return { workflowId: handle.workflowId, runId, status: status.name.toLowerCase(), progress };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
    result: (pipeline) => handleOf(pipeline).result(),
  };
}

/** Runs and activities take the priority over from the workflow that starts them. */
function startOptions(input: BackfillInput, workflowId: string): WorkflowStartOptions<BackfillWorkflow> {
  const { pipeline, from, to } = input;
  return {
    workflowId,
    taskQueue: TASK_QUEUES.control,
    args: [input],
    staticSummary: `Backfill of ${pipeline}, ${from} to ${to}`,
    priority: { priorityKey: LOWEST_PRIORITY, fairnessKey: pipeline },
  };
}
