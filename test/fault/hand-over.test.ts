// SIGTERM to a worker in the middle of a stage: a rolling upgrade, a node that is drained.
import { setTimeout as sleep } from 'node:timers/promises';
import { connectClient } from '../../src/client/connect';
import { BULK_STAGES, completion, stageWorkflow, waitForAttempt } from '../support/faults/attempts';
import { slowStage } from '../support/faults/slow-stages';
import { strikeDown } from '../support/faults/victims';
import { startTestStack, type TestStack } from '../support/millrace';
import { landTrips, promoted } from '../support/trips';

type Connected = Awaited<ReturnType<typeof connectClient>>;

const FEED = { fromDay: 0, days: 33, tripsPerDay: 64, badEvery: 40 };
/** From the start of an attempt: some way into what is slow about it. */
const MIDDLE_MS = 500;

const pipelineOf = (stage: string): string => `leave-${stage}`;

let stack: TestStack;
let temporal: Connected;
let undisturbed: unknown;

beforeAll(async () => {
  const faults = BULK_STAGES.map((stage) => slowStage(stage, pipelineOf(stage))).join(';');
  stack = await startTestStack({ faults });
  temporal = await connectClient(stack.session.settings.temporal);
  await landTrips(stack, 'stay', { feed: FEED });
  undisturbed = await promoted(stack, 'stay');
}, 240_000);
afterAll(async () => {
  await temporal.close();
  await stack.stop();
});

test.each(BULK_STAGES)(
  'a worker that is told to end in %s hands the activity back instead of letting it time out',
  async (stage) => {
    const pipeline = pipelineOf(stage);
    await landTrips(stack, pipeline, { feed: FEED });
    const workflowId = await stageWorkflow(stack, pipeline, stage);
    expect(await waitForAttempt(temporal.client, workflowId, stage)).toMatchObject({ attempt: 1 });
    await sleep(MIDDLE_MS);
    await strikeDown(stack.state, stage === 'train' ? 'train-worker' : 'data-worker', 'SIGTERM');
    expect(await promoted(stack, pipeline)).toEqual(undisturbed);
    const done = await completion(temporal.client, workflowId, stage);
    expect(done).toMatchObject({
      attempt: 2,
      lastFailure: { applicationFailureInfo: { type: 'WorkerShutdown' } },
    });
  },
  240_000,
);
