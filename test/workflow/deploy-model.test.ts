import { TASK_QUEUES } from '../../src/contracts/task-queues';
import type { RunSummary } from '../../src/contracts/messages';
import { answers, permanent, stageStandIns } from '../support/stage-stand-ins';
import { startWorkflowHarness, type Activities, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;
let started = 0;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});
afterAll(() => harness.stop());

/** Runs the pipeline with these activities; its run deploys version 7 where version 6 is live. */
async function play(
  overrides: Activities,
): Promise<{ readonly summary: Promise<RunSummary>; readonly calls: readonly string[] }> {
  const { activities, calls } = stageStandIns(overrides);
  const summary = harness.withWorkers(activities, async () => {
    const handle = await harness.client.workflow.start('pipelineRun', {
      workflowId: `run/flights/deploy-${(started += 1)}`,
      taskQueue: TASK_QUEUES.control,
      args: [{ pipeline: 'flights', trigger: 'manual' }],
    });
    return (await handle.result()) as RunSummary;
  });
  await summary.catch(() => undefined);
  return { summary, calls };
}

test.each(['IntegrityError', 'NotFound', 'DeployCheckFailed'] as const)(
  'a version that cannot be loaded (%s) is rolled back with the reason, and nothing is undone',
  async (code) => {
    const { summary, calls } = await play({ loadModel: permanent(code, 'model.onnx is damaged') });
    const { verdict, stages } = await summary;
    expect(verdict).toBe('rolled_back');
    expect(stages.find(({ stage }) => stage === 'deploy')?.note).toBe('rolled back: model.onnx is damaged');
    expect(calls).not.toContain('restoreModel');
    expect(calls).not.toContain('checkModel');
  },
);

test('a fault of the surroundings while loading fails the run', async () => {
  const { summary } = await play({ loadModel: permanent('AccessDenied', 'no entry') });
  await expect(summary).rejects.toThrow();
});

test.each([
  ['the champion that was compared with', { championVersion: 6 }, { expectedChampion: 6 }],
  ['one that was live but could not be compared', { liveVersion: 5 }, { expectedChampion: 5 }],
  ['none', {}, {}],
])('the deployment is tied to what the gate saw live: %s', async (_what, seen, expected) => {
  const evaluated = Object.fromEntries(
    Object.entries(answers.EVALUATED).filter(([name]) => name !== 'championVersion'),
  );
  const inputs: unknown[] = [];
  const take = (input: unknown): Promise<void> => {
    inputs.push(input);
    return Promise.resolve();
  };
  const { summary } = await play({
    evaluate: () => Promise.resolve({ ...evaluated, ...seen }),
    activateModel: take,
  });
  await summary;
  expect(inputs).toEqual([{ pipeline: 'flights', version: 7, goldenTolerance: 1e-5, ...expected }]);
});

test('the undo names the version that it takes back', async () => {
  const inputs: unknown[] = [];
  const { summary } = await play({
    activateModel: permanent('DeployCheckFailed', 'another model went live meanwhile'),
    restoreModel: (input: unknown) => {
      inputs.push(input);
      return Promise.resolve();
    },
  });
  expect(await summary).toMatchObject({ verdict: 'rolled_back', liveVersion: 6 });
  expect(inputs).toEqual([{ pipeline: 'flights', version: 7, previousVersion: 6 }]);
});
