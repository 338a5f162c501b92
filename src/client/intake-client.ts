import { WorkflowIdConflictPolicy, type Client } from '@temporalio/client';
import {
  backlogFoundSignal,
  objectLandedSignal,
  pauseSignal,
  resumeSignal,
  runAgainSignal,
  type ObjectHint,
} from '../contracts/messages';
import { TASK_QUEUES } from '../contracts/task-queues';
import { WORKFLOWS, workflowIds } from '../contracts/workflow-names';
import type { BacklogRef } from '../domain/intake';
import type { PauseNote } from '../domain/pause-note';

/** Talks to the intake of a pipeline, which is started if need be: signals are never lost. */
export interface IntakeClient {
  readonly signalObjects: (pipeline: string, hints: readonly ObjectHint[]) => Promise<void>;
  readonly offerBacklog: (pipeline: string, backlog: BacklogRef) => Promise<void>;
  /** @param request id of a request that stands in the lake */
  readonly runAgain: (pipeline: string, request: string) => Promise<void>;
  readonly pause: (pipeline: string, note: PauseNote) => Promise<void>;
  readonly resume: (pipeline: string) => Promise<void>;
  /**
   * Starts a reconciliation, of all pipelines if none is named. One that is under way is started over: it may have
   * passed by what landed a moment ago.
   */
  readonly reconcile: (pipeline?: string) => Promise<void>;
}

export function createIntakeClient(client: Client): IntakeClient {
  const signal = async (
    pipeline: string,
    definition: { readonly name: string },
    signalArgs: unknown[],
  ): Promise<void> => {
    await client.workflow.signalWithStart(WORKFLOWS.datasetIntake, {
      workflowId: workflowIds.intake(pipeline),
      taskQueue: TASK_QUEUES.control,
      args: [{ pipeline }],
      signal: definition.name,
      signalArgs,
      staticSummary: `Intake of ${pipeline}`,
      priority: { fairnessKey: pipeline },
    });
  };
  return {
    signalObjects: (pipeline, objects) => signal(pipeline, objectLandedSignal, [{ objects }]),
    offerBacklog: (pipeline, backlog) => signal(pipeline, backlogFoundSignal, [backlog]),
    runAgain: (pipeline, request) => signal(pipeline, runAgainSignal, [{ request }]),
    pause: (pipeline, note) => signal(pipeline, pauseSignal, [note]),
    resume: (pipeline) => signal(pipeline, resumeSignal, []),
    reconcile: async (pipeline) => {
      await client.workflow.start(WORKFLOWS.reconcileIntake, {
        workflowId: workflowIds.reconcile(pipeline),
        taskQueue: TASK_QUEUES.control,
        args: [pipeline === undefined ? {} : { pipeline }],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.TERMINATE_EXISTING,
        staticSummary: 'What landed while nobody listened',
      });
    },
  };
}
