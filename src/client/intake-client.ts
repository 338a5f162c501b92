import type { Client } from '@temporalio/client';
import { objectLandedSignal, type ObjectHint } from '../contracts/messages';
import { TASK_QUEUES } from '../contracts/task-queues';
import { WORKFLOWS, workflowIds } from '../contracts/workflow-names';

export interface IntakeClient {
  /** Signal-with-start: the entity gets the hints whether or not it was running. */
  readonly signalObjects: (pipeline: string, hints: readonly ObjectHint[]) => Promise<void>;
}

export function createIntakeClient(client: Client): IntakeClient {
  return {
    signalObjects: async (pipeline, hints) => {
      await client.workflow.signalWithStart(WORKFLOWS.datasetIntake, {
        workflowId: workflowIds.intake(pipeline),
        taskQueue: TASK_QUEUES.control,
        args: [{ pipeline }],
        signal: objectLandedSignal,
        signalArgs: [{ objects: hints }],
        staticSummary: `Intake of ${pipeline}`,
      });
    },
  };
}
