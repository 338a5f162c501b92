// Who may work at the same time: real server, real workflows; the steps are stand-ins that count.
import { setTimeout as sleep } from 'node:timers/promises';
import { createIntakeClient } from '../../src/client/intake-client';
import { createRunClient } from '../../src/client/run-client';
import { readRunState } from '../../src/client/run-state';
import { askTurn } from '../../src/client/turn-client';
import type { AskTurnInput } from '../../src/contracts/activities/turns';
import type { ResolveBatchInput } from '../../src/contracts/activities/intake';
import type { IngestInput, TrainInput } from '../../src/contracts/activities/stages';
import { workflowIds } from '../../src/contracts/workflow-names';
import type { RunState } from '../../src/domain/run-state';
import { answers, stageStandIns } from '../support/stage-stand-ins';
import { startWorkflowHarness, type Activities, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await startWorkflowHarness();
});
afterAll(() => harness.stop());

/** Counts who is inside at the same time; each stays until `leave`. */
function room() {
  const inside = new Map<string, () => void>();
  let most = 0;
  return {
    most: () => most,
    inside: () => [...inside.keys()],
    stay: (name: string) =>
      new Promise<void>((resolve) => {
        inside.set(name, resolve);
        most = Math.max(most, inside.size);
      }),
    leave: (name: string) => {
      inside.get(name)?.();
      inside.delete(name);
    },
  };
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await what()) return;
    await sleep(50);
  }
  throw new Error('It did not come to that');
}

const digestOf = (digit: string): string => digit.repeat(64);
const batchOf = (digit: string): { digest: string; uri: string; objects: number; bytes: number } => ({
  digest: digestOf(digit),
  uri: `s3://lake/${digit}.json`,
  objects: 1,
  bytes: 1,
});

/**
 * Turns are real, as on a worker. Runs open the batch that they were given; live batches have the version id of their
 * object as digest.
 */
function steps(stages: Activities, { control, batch: opened } = answers.OPENED): Activities {
  const { activities } = stageStandIns({
    askTurn: ({ of, asker }: AskTurnInput) => askTurn(harness.client, of, asker),
    describeRun: ({ workflowId }: { readonly workflowId: string }) =>
      readRunState(harness.client, workflowId),
    openRun: ({ batch }: { readonly batch: object }) =>
      Promise.resolve({ ...answers.OPENED, control, batch: { ...opened, ...batch } }),
    resolveBatch: ({ hints }: ResolveBatchInput) =>
      Promise.resolve({ batch: batchOf(hints[0]?.versionId ?? '0'), skipped: 0, later: [], blocked: [] }),
    ...stages,
  });
  return activities;
}

/** Each stays until it is let go. */
const ingestIn = (place: ReturnType<typeof room>): Activities => ({
  ingest: async ({ run }: IngestInput) => {
    await place.stay(run.batchDigest[0] ?? '');
    return answers.INGESTED;
  },
});

const land = (pipeline: string, versionId: string): Promise<void> =>
  createIntakeClient(harness.client).signalObjects(pipeline, [{ bucket: 'lake', key: versionId, versionId }]);

/** As `millrace resume` and `quarantine replay` do. */
const start = (pipeline: string, digit: string): Promise<string> =>
  createRunClient(harness.client).start(workflowIds.run(pipeline, digestOf(digit)), {
    pipeline,
    batch: batchOf(digit),
    inTurn: true,
  });

type Status = RunState['status'];

const hasEnded = async (pipeline: string, digit: string, as: Status): Promise<boolean> =>
  (await readRunState(harness.client, workflowIds.run(pipeline, digestOf(digit)))).status === as;

test('live batches and runs that people start never work at the same time, and all have their turn', async () => {
  const ingesting = room();
  await harness.withWorkers(steps(ingestIn(ingesting)), async () => {
    await land('shared', '1');
    await until(() => ingesting.inside().includes('1'));
    await start('shared', 'a');
    await start('shared', 'b');
    await until(async () => (await createRunClient(harness.client).intake('shared'))?.waitingRuns === 2);
    await land('shared', '2');
    const order: string[] = [];
    while (order.length < 4) {
      await until(() => ingesting.inside().length > 0);
      await sleep(300);
      for (const name of ingesting.inside()) {
        order.push(name);
        ingesting.leave(name);
      }
    }
    expect([...order].sort()).toEqual(['1', '2', 'a', 'b']);
    expect(order[3]).toBe('2');
    await until(() => hasEnded('shared', '2', 'completed'));
  });
  expect(ingesting.most()).toBe(1);
}, 60_000);

test('a run that is killed while it has its turn, or waits for it, keeps nobody from theirs', async () => {
  const ingesting = room();
  await harness.withWorkers(steps(ingestIn(ingesting)), async () => {
    await start('killed', 'a');
    await until(() => ingesting.inside().includes('a'));
    await start('killed', 'b');
    await start('killed', 'c');
    const intake = (): ReturnType<ReturnType<typeof createRunClient>['intake']> =>
      createRunClient(harness.client).intake('killed');
    await until(async () => (await intake())?.waitingRuns === 2);
    for (const digit of ['b', 'a']) {
      await harness.client.workflow.getHandle(workflowIds.run('killed', digestOf(digit))).terminate();
    }
    await until(() => ingesting.inside().includes('c'));
    expect(ingesting.inside()).not.toContain('b');
    for (const name of ingesting.inside()) ingesting.leave(name);
    await until(() => hasEnded('killed', 'c', 'completed'));
    await until(async () => (await intake())?.state === 'idle');
  });
}, 90_000);

test('a failed run that waits for its next try may be resumed at once', async () => {
  let down = true;
  const ingest = (): Promise<object> =>
    down ? Promise.reject(new Error('store is down')) : Promise.resolve(answers.INGESTED);
  await harness.withWorkers(steps({ ingest }), async () => {
    await land('mended', '1');
    await until(() => hasEnded('mended', '1', 'failed'));
    down = false;
    await start('mended', '1');
    await until(() => hasEnded('mended', '1', 'completed'));
    const intake = await createRunClient(harness.client).intake('mended');
    expect(intake).toMatchObject({ waitingRuns: 0, totals: { runs: 1 } });
  });
}, 90_000);

test('trainings of all pipelines share the turns of the pool; a killed one gives its turn back', async () => {
  const training = room();
  const train = async ({ run }: TrainInput): Promise<object> => {
    await training.stay(run.pipeline);
    return { notTrained: 'too few rows', reused: false };
  };
  const opened = { ...answers.OPENED, control: { ...answers.OPENED.control, maxTrainings: 2 } };
  const pipelines = ['pool-1', 'pool-2', 'pool-3', 'pool-4'];
  const runs = createRunClient(harness.client);
  const idOf = (pipeline: string): string => workflowIds.run(pipeline, digestOf('1'));
  await harness.withWorkers(steps({ train }, opened), async () => {
    for (const pipeline of pipelines) await runs.start(idOf(pipeline), { pipeline, batch: batchOf('1') });
    await until(() => training.inside().length === 2);
    await sleep(1_000);
    const [killed = ''] = training.inside();
    await harness.client.workflow.getHandle(idOf(killed)).terminate();
    training.leave(killed);
    await until(() => training.inside().length === 2);
    while (training.inside().length > 0) {
      for (const name of training.inside()) training.leave(name);
      await sleep(1_500);
    }
    for (const pipeline of pipelines)
      await until(async () => (await runs.find(idOf(pipeline)))?.status !== 'running');
    await until(
      async () => (await readRunState(harness.client, workflowIds.trainingPool)).status === 'completed',
    );
  });
  expect(training.most()).toBe(2);
}, 90_000);
