// SIGTERM to a worker in the middle of a stage: a rolling upgrade, a node that is drained.
import { setTimeout as sleep } from 'node:timers/promises';
import { connectClient } from '../../src/client/connect';
import { BULK_STAGES, completion, stageWorkflow, waitForAttempt } from '../support/faults/attempts';
import { slowStage } from '../support/faults/slow-stages';
import { findVictim } from '../support/faults/victims';
import { startTestStack, type TestStack } from '../support/millrace';
import { applyTrips, fingerprint, uploadTrips, waitForTrips } from '../support/trips';

type Connected = Awaited<ReturnType<typeof connectClient>>;

const FEED = { fromDay: 0, days: 33, tripsPerDay: 48, badEvery: 40 };
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
  await land('stay');
  undisturbed = await publishedBy('stay');
}, 240_000);
afterAll(async () => {
  await temporal.close();
  await stack.stop();
});

async function land(pipeline: string): Promise<void> {
  await applyTrips(stack, pipeline);
  await uploadTrips(stack, pipeline, 'trips.csv', FEED);
}

async function publishedBy(pipeline: string): Promise<unknown> {
  const runs = await waitForTrips(stack, pipeline);
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ status: 'completed', summary: { verdict: 'promoted' } });
  return fingerprint(stack, pipeline);
}

async function terminateWorker(stage: string): Promise<void> {
  const name = stage === 'train' ? 'train-worker' : 'data-worker';
  const pid = await findVictim(stack.state, name, AbortSignal.timeout(60_000));
  if (pid === undefined) throw new Error(`No ${name} runs.`);
  process.kill(pid, 'SIGTERM');
}

test.each(BULK_STAGES)(
  'a worker that is told to end in %s hands the activity back instead of letting it time out',
  async (stage) => {
    const pipeline = pipelineOf(stage);
    await land(pipeline);
    const workflowId = await stageWorkflow(stack, pipeline, stage);
    expect(await waitForAttempt(temporal.client, workflowId, stage)).toMatchObject({ attempt: 1 });
    await sleep(MIDDLE_MS);
    await terminateWorker(stage);
    expect(await publishedBy(pipeline)).toEqual(undisturbed);
    const done = await completion(temporal.client, workflowId, stage);
    expect(done).toMatchObject({
      attempt: 2,
      lastFailure: { applicationFailureInfo: { type: 'WorkerShutdown' } },
    });
  },
  240_000,
);
