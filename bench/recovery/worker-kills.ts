// Kills of those that do a run's work, in the middle of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { createIntakeClient } from '../../src/client/intake-client';
import { workflowIds } from '../../src/contracts/workflow-names';
import {
  firstWorkflowTaskMs,
  nextSign,
  stageWorkflow,
  waitForAttempt,
} from '../../test/support/faults/attempts';
import { allReady, kill } from './kill';
import { sampleOf, type Sample, type Scene } from './scene';

/** Bulk activities of the data worker, in the order of a run; ingest is over before a kill can meet it. */
export const DATA_STAGES = ['validate', 'transform', 'evaluate', 'backup'] as const;
export type DataStage = (typeof DATA_STAGES)[number];

/** Most attempts are over sooner on a fast machine; a kill that comes too late is no sample. */
const LATEST_MS = { data: 250, train: 1_500, workflowTask: 25 };
const LOOK_AGAIN_MS = 100;
/** What the trainer itself has said, so that it runs again. */
const TRAINER_SIGN = /"event":"(started|resumed|progress|checkpoint)"/;

/** The data worker in one of its stages, at a random moment: to the next attempt's first heartbeat or its end. */
export async function killDataWorker(scene: Scene, stage: DataStage): Promise<Sample | undefined> {
  const { client, stack, random } = scene;
  const attempt = await waitForAttempt(client, await stageWorkflow(stack, scene.pipeline, stage), stage);
  const killedMs = attempt && (await kill(stack.state, 'data-worker', random() * LATEST_MS.data));
  const goesOnMs = killedMs && (await nextSign(client, attempt, killedMs));
  return goesOnMs ? sampleOf('data-worker', stage, killedMs, goesOnMs) : undefined;
}

/** The worker that runs the trainer, and the trainer itself. */
export const TRAINING_KINDS = ['train-worker', 'trainer'] as const;

/** One of the two in a training: to the first word of the trainer that goes on. */
export async function killInTraining(
  scene: Scene,
  kind: (typeof TRAINING_KINDS)[number],
): Promise<Sample | undefined> {
  const { client, stack, random } = scene;
  const attempt = await waitForAttempt(client, await stageWorkflow(stack, scene.pipeline, 'train'), 'train');
  const killedMs = attempt && (await kill(stack.state, kind, random() * LATEST_MS.train));
  const goesOnMs = killedMs && (await nextSign(client, attempt, killedMs, TRAINER_SIGN));
  return goesOnMs ? sampleOf(kind, 'train', killedMs, goesOnMs) : undefined;
}

/**
 * The workflow worker, within the first milliseconds of a workflow task or right before it: to the first workflow task
 * that is completed by its successor. Workflows in its cache have to be replayed there.
 */
export async function killWorkflowWorker(scene: Scene): Promise<Sample | undefined> {
  const { client, pipeline, stack, random } = scene;
  const intake = createIntakeClient(client);
  // To go on, unpaused as it is, changes nothing, and is a workflow task.
  const giveWork = (): Promise<void> => intake.resume(pipeline);
  await giveWork();
  const killedMs = await kill(stack.state, 'worker', random() * LATEST_MS.workflowTask);
  if (killedMs === undefined) return undefined;
  await giveWork();
  const goesOnMs = await workflowTaskAfter(scene, killedMs);
  await allReady(stack.state);
  return sampleOf('worker', 'a workflow task', killedMs, goesOnMs);
}

/** When the intake completed its first workflow task after this moment; the server may be away. */
export async function workflowTaskAfter({ client, pipeline }: Scene, afterMs: number): Promise<number> {
  for (;;) {
    const id = workflowIds.intake(pipeline);
    const found = await firstWorkflowTaskMs(client, id, afterMs).catch(() => undefined);
    if (found !== undefined) return found;
    await sleep(LOOK_AGAIN_MS);
  }
}
