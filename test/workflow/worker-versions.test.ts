// A rolling upgrade and a rollback in the middle of runs, with Worker Deployments on a real server.
import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { createIntakeClient } from '../../src/client/intake-client';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { DEFAULT_DEPLOYMENT_NAME } from '../../src/workers/worker-version';
import type { pipelineRun } from '../../src/workflows';
import { answers, stageStandIns } from '../support/stage-stand-ins';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await startWorkflowHarness();
});
afterAll(() => harness.stop());

const version = (buildId: string) => ({ deploymentName: DEFAULT_DEPLOYMENT_NAME, buildId });

/** Makes a build the one that new runs start on; the server needs a moment to hear of its workers. */
async function makeCurrent(buildId: string): Promise<void> {
  const request = {
    namespace: 'default',
    ...version(buildId),
    identity: 'test',
    ignoreMissingTaskQueues: true,
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await harness.client.workflowService.setWorkerDeploymentCurrentVersion(request);
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}

function start(name: string): Promise<WorkflowHandle<typeof pipelineRun>> {
  return harness.client.workflow.start<typeof pipelineRun>('pipelineRun', {
    workflowId: `run/${name}/1`,
    taskQueue: TASK_QUEUES.control,
    // Children are named after the pipeline: runs of one pipeline at the same time would clash.
    args: [{ pipeline: name, trigger: 'manual' }],
  });
}

/** Activities of one build: they note which run validated on it, and wait there until they are let go. */
function build(buildId: string) {
  const validated: string[] = [];
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const { activities, calls } = stageStandIns({
    validate: async () => {
      validated.push(buildId);
      await gate;
      return answers.VALIDATED;
    },
    resolveBatch: () => Promise.resolve({ skipped: 1, later: [], blocked: [] }),
  });
  const timesCalled = (name: string): number => calls.filter((call) => call === name).length;
  return { activities, validated, timesCalled, letGo };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

test('an intake, which lives for ever, moves to the current build', async () => {
  const [first, second] = [build('1.0'), build('2.0')];
  first.letGo();
  second.letGo();
  const land = (key: string): Promise<void> =>
    createIntakeClient(harness.client).signalObjects('moving', [{ bucket: 'lake', key }]);
  await harness.withWorkers(
    first.activities,
    async () => {
      await makeCurrent('1.0');
      await land('raw/moving/1.csv');
      await until(() => first.timesCalled('readIntakeSettings') === 1);
      await harness.withWorkers(
        second.activities,
        async () => {
          await makeCurrent('2.0');
          await land('raw/moving/2.csv');
          await until(() => second.timesCalled('readIntakeSettings') === 1);
        },
        { version: version('2.0') },
      );
    },
    { version: version('1.0') },
  );
});

test('a run stays with the build it began on through an upgrade and a rollback; new runs go to the current one', async () => {
  const [first, second] = [build('1.0'), build('2.0')];
  await harness.withWorkers(
    first.activities,
    async () => {
      await makeCurrent('1.0');
      const before = await start('before-upgrade');
      await until(() => first.validated.length === 1);

      await harness.withWorkers(
        second.activities,
        async () => {
          await makeCurrent('2.0');
          const during = await start('after-upgrade');
          await until(() => second.validated.length === 1);

          await makeCurrent('1.0');
          const after = await start('after-rollback');
          await until(() => first.validated.length === 2);

          first.letGo();
          second.letGo();
          const verdicts = await Promise.all(
            [before, during, after].map(async (run) => (await run.result()).verdict),
          );
          expect(verdicts).toEqual(['promoted', 'promoted', 'promoted']);
        },
        { version: version('2.0') },
      );
    },
    { version: version('1.0') },
  );
  expect(first.validated).toEqual(['1.0', '1.0']);
  expect(second.validated).toEqual(['2.0']);
  // What came after the switches ran on the same build too.
  expect([first.timesCalled('train'), second.timesCalled('train')]).toEqual([2, 1]);
});
