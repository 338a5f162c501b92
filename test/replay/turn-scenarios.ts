import { setTimeout as sleep } from 'node:timers/promises';
import { createRunClient } from '../../src/client/run-client';
import { askTurn } from '../../src/client/turn-client';
import { turnOverSignal, turnSignal } from '../../src/contracts/turn-messages';
import { workflowIds } from '../../src/contracts/workflow-names';
import { answers, stageStandIns } from '../support/stage-stand-ins';
import type { WorkflowHarness } from '../support/workflow-harness';
import type { Scenario } from './scenarios';

const PIPELINE = 'flights';
const later = stageStandIns({ askTurn: () => Promise.resolve('later') }).activities;

/** The turn is given as the intake and the pool do. */
async function inTurn(
  { client }: WorkflowHarness,
  name: string,
  waiting: string,
  inTurnOfPipeline: boolean,
): Promise<void> {
  const workflowId = `run/${PIPELINE}/${name}`;
  await createRunClient(client).start(workflowId, {
    pipeline: PIPELINE,
    trigger: 'manual',
    ...(inTurnOfPipeline ? { inTurn: true } : {}),
  });
  await untilItWaits(client, waiting);
  await client.workflow.getHandle(waiting).signal(turnSignal);
  await client.workflow.getHandle(workflowId).result();
}

async function untilItWaits({ workflow }: WorkflowHarness['client'], workflowId: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const history = await workflow
      .getHandle(workflowId)
      .fetchHistory()
      .catch(() => undefined);
    if (history?.events?.some((event) => event.timerStartedEventAttributes)) return;
    await sleep(50);
  }
  throw new Error(`It does not wait for a turn [workflow=${workflowId}]`);
}

const waitingRun = `run/${PIPELINE}/in-turn`;
const waitingTraining = workflowIds.train(PIPELINE, answers.OPENED.batch.digest);

/** Who may work at the same time. */
export const TURN_SCENARIOS: readonly Scenario[] = [
  {
    name: 'pipeline-run-in-turn',
    activities: later,
    play: async (harness) => {
      await inTurn(harness, 'in-turn', waitingRun, true);
      return waitingRun;
    },
  },
  {
    name: 'train-model-in-turn',
    activities: stageStandIns({
      askTurn: () => Promise.resolve('later'),
      openRun: () =>
        Promise.resolve({ ...answers.OPENED, control: { ...answers.OPENED.control, maxTrainings: 1 } }),
    }).activities,
    play: async (harness) => {
      await inTurn(harness, 'training-in-turn', waitingTraining, false);
      return waitingTraining;
    },
  },
  {
    name: 'training-pool',
    activities: later,
    play: async ({ client }) => {
      const [first, second] = ['1', '2'].map((id) => ({
        workflowId: `train/none/${id}`,
        runId: `0190a0a0-0000-7000-8000-00000000000${id}`,
      }));
      if (!first || !second) throw new Error('No askers');
      await askTurn(client, { trainings: 1 }, first);
      await askTurn(client, { trainings: 1 }, second);
      const handle = client.workflow.getHandle(workflowIds.trainingPool);
      // The second one has ended meanwhile: nobody is left.
      await handle.signal(turnOverSignal, first);
      await handle.result();
      return workflowIds.trainingPool;
    },
  },
  {
    name: 'dataset-intake-guests',
    activities: stageStandIns({ describeRun: () => Promise.resolve({ status: 'running' }) }).activities,
    play: async ({ client }) => {
      const [first, second] = ['1', '2'].map((id) => ({
        workflowId: `run/none/${id}`,
        runId: `0190a0a0-0000-7000-8000-00000000000${id}`,
      }));
      if (!first || !second) throw new Error('No askers');
      await askTurn(client, { pipeline: PIPELINE }, first);
      await askTurn(client, { pipeline: PIPELINE }, second);
      // Its holder is looked at after a second.
      await sleep(1_500);
      const intake = workflowIds.intake(PIPELINE);
      await client.workflow.getHandle(intake).signal(turnOverSignal, first);
      for (let tries = 0; tries < 200; tries += 1) {
        const progress = await createRunClient(client).intake(PIPELINE);
        if (progress?.state === 'idle' && progress.waitingRuns === 0) break;
        await sleep(50);
      }
      return intake;
    },
    isTimed: true,
  },
];
