import { WithStartWorkflowOperation, WorkflowIdConflictPolicy, type Client } from '@temporalio/client';
import type { DatasetIntakeInput } from '../contracts/messages';
import { TASK_QUEUES } from '../contracts/task-queues';
import { askTurnUpdate, type TrainingPoolInput } from '../contracts/turn-messages';
import { WORKFLOWS, workflowIds } from '../contracts/workflow-names';
import type { Asker, TurnAnswer, TurnOf } from '../domain/turns';

type Decider = (input: DatasetIntakeInput | TrainingPoolInput) => Promise<void>;

/** Asks the workflow that decides on turns, which is started if need be; safe to repeat. */
export async function askTurn(client: Client, of: TurnOf, asker: Asker): Promise<TurnAnswer> {
  const startWorkflowOperation = new WithStartWorkflowOperation<Decider>(
    'pipeline' in of ? WORKFLOWS.datasetIntake : WORKFLOWS.trainingPool,
    {
      workflowId: 'pipeline' in of ? workflowIds.intake(of.pipeline) : workflowIds.trainingPool,
      taskQueue: TASK_QUEUES.control,
      args: ['pipeline' in of ? of : { limit: of.trainings }],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      staticSummary: 'pipeline' in of ? `Intake of ${of.pipeline}` : 'Who may train',
      ...('pipeline' in of ? { priority: { fairnessKey: of.pipeline } } : {}),
    },
  );
  const request = 'trainings' in of ? { ...asker, limit: of.trainings } : asker;
  return client.workflow.executeUpdateWithStart(askTurnUpdate, { startWorkflowOperation, args: [request] });
}
