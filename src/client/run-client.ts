import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/common';
import type { BackupInput } from '../contracts/activities/stages';
import {
  intakeProgressQuery,
  runProgressQuery,
  type IntakeProgress,
  type MaintainTablesInput,
  type MaintainTablesResult,
  type PipelineRunInput,
  type RunProgress,
  type RunSummary,
} from '../contracts/messages';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';
import type { BackupResult } from '../domain/stage';
import { TASK_QUEUES } from '../contracts/task-queues';
import { WORKFLOWS, workflowIds } from '../contracts/workflow-names';
import { runInput, stageAttempts } from './run-history';

export interface RunInfo {
  readonly workflowId: string;
  readonly runId: string;
  readonly pipeline: string;
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'other';
  readonly trigger?: string;
  readonly startedAt: string;
  readonly closedAt?: string;
  readonly seconds: number;
  /** Present once the run has ended by itself. */
  readonly summary?: RunSummary;
}

/** Everything the CLI and the demo ask of Temporal. */
export interface RunClient {
  /**
   * Starts a run, or starts one again that did not complete; returns its run id.
   *
   * @throws WorkflowExecutionAlreadyStartedError when one is running, or completed and not `evenCompleted`.
   */
  readonly start: (
    workflowId: string,
    input: PipelineRunInput,
    options?: { readonly evenCompleted?: boolean },
  ) => Promise<string>;
  readonly list: (pipeline?: string) => Promise<readonly RunInfo[]>;
  /** The newest run with this workflow id; undefined when there is none. */
  readonly find: (workflowId: string) => Promise<RunInfo | undefined>;
  readonly progress: (workflowId: string) => Promise<RunProgress>;
  /** By stage; stages that were not tried are absent. */
  readonly attempts: (run: RunInfo) => Promise<ReadonlyMap<string, number>>;
  /** What the run was started with; undefined when its history is gone. */
  readonly input: (run: RunInfo) => Promise<PipelineRunInput | undefined>;
  readonly cancel: (workflowId: string) => Promise<void>;
  /** Takes a snapshot and waits for it. */
  readonly backup: (pipeline: string) => Promise<BackupResult>;
  /** Housekeeping of the tables, one at a time for a pipeline; waits for it. */
  readonly maintain: (input: MaintainTablesInput) => Promise<MaintainTablesResult>;
  /** undefined when no event has come yet. */
  readonly intake: (pipeline: string) => Promise<IntakeProgress | undefined>;
}

export function createRunClient(client: Client): RunClient {
  return {
    start: async (workflowId, input, { evenCompleted = false } = {}) => {
      const handle = await client.workflow.start(WORKFLOWS.pipelineRun, {
        workflowId,
        taskQueue: TASK_QUEUES.control,
        args: [input],
        workflowIdReusePolicy: evenCompleted
          ? WorkflowIdReusePolicy.ALLOW_DUPLICATE
          : WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        staticSummary: `Run of ${input.pipeline}`,
        priority: { fairnessKey: input.pipeline },
      });
      return handle.firstExecutionRunId;
    },
    list: (pipeline) => listRuns(client, pipeline),
    find: async (workflowId) =>
      ignoreMissing(async () => {
        const info = await client.workflow.getHandle(workflowId).describe();
        return info.type === WORKFLOWS.pipelineRun ? runInfo(info) : undefined;
      }),
    progress: (workflowId) => client.workflow.getHandle(workflowId).query(runProgressQuery),
    attempts: (run) => stageAttempts(client, run),
    input: (run) => runInput(client, run),
    cancel: async (workflowId) => {
      await client.workflow.getHandle(workflowId).cancel();
    },
    backup: (pipeline) =>
      client.workflow.execute<(input: BackupInput) => Promise<BackupResult>>(WORKFLOWS.backupPipeline, {
        workflowId: workflowIds.backup(pipeline, 'manual'),
        taskQueue: TASK_QUEUES.control,
        args: [{ pipeline, requestedBy: 'manual' }],
        staticSummary: `Back up ${pipeline}`,
      }),
    maintain: (input) =>
      client.workflow.execute<(input: MaintainTablesInput) => Promise<MaintainTablesResult>>(
        WORKFLOWS.maintainTables,
        {
          workflowId: workflowIds.maintain(input.pipeline),
          taskQueue: TASK_QUEUES.control,
          args: [input],
          staticSummary: `${input.action} the tables of ${input.pipeline}`,
        },
      ),
    intake: (pipeline) =>
      ignoreMissing(() => client.workflow.getHandle(workflowIds.intake(pipeline)).query(intakeProgressQuery)),
  };
}

async function ignoreMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Newest first. */
async function listRuns(client: Client, pipeline?: string): Promise<readonly RunInfo[]> {
  const byPipeline = pipeline === undefined ? '' : ` AND ${SEARCH_ATTRIBUTES.pipeline.name} = '${pipeline}'`;
  const runs: RunInfo[] = [];
  for await (const info of client.workflow.list({
    query: `WorkflowType = '${WORKFLOWS.pipelineRun}'${byPipeline}`,
  })) {
    runs.push(runInfo(info));
  }
  return runs.sort((left, right) => (left.startedAt < right.startedAt ? 1 : -1));
}

const STATUSES: Readonly<Record<string, RunInfo['status']>> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
};

type Described = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'memo' | 'typedSearchAttributes' | 'startTime' | 'status'
> & { readonly closeTime?: Date | undefined };

function runInfo(info: Described): RunInfo {
  const summary = info.memo?.['summary'] as RunSummary | undefined;
  const trigger = info.typedSearchAttributes.get(SEARCH_ATTRIBUTES.trigger);
  const end = info.closeTime ?? new Date();
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    pipeline: info.typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipeline) ?? '',
    status: STATUSES[info.status.name] ?? 'other',
    ...(trigger ? { trigger } : {}),
    startedAt: info.startTime.toISOString(),
    ...(info.closeTime ? { closedAt: info.closeTime.toISOString() } : {}),
    seconds: (end.getTime() - info.startTime.getTime()) / 1000,
    ...(summary ? { summary } : {}),
  };
}
