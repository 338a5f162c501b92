// Two pipelines share one data worker with one slot; the server's fairness decides whose turn it is.
import { createIntakeClient } from '../../src/client/intake-client';
import { createRunClient } from '../../src/client/run-client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IngestInput } from '../../src/contracts/activities/stages';
import { workflowIds } from '../../src/contracts/workflow-names';
import { answers, stageStandIns } from '../support/stage-stand-ins';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

const FLOOD = 30;

let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await startWorkflowHarness();
});
afterAll(() => harness.stop());

/** The pipelines in the order in which their batches got the slot. */
async function play(flooding: string): Promise<readonly string[]> {
  const served: string[] = [];
  const { activities } = stageStandIns({
    // A batch of each pipeline under its own plan digest: the run passes it on.
    openRun: ({ pipeline }: { readonly pipeline: string }) =>
      Promise.resolve({
        planDigest: pipeline,
        planUri: 's3://lake/plan.json',
        batch: { digest: 'b'.repeat(64), uri: 's3://lake/batch.json', objects: 1, bytes: 1 },
        control: { deploy: { enabled: false, goldenTolerance: 1 }, backup: { enabled: false } },
      }),
    ingest: async ({ run }: IngestInput) => {
      served.push(run.pipeline);
      await sleep(60);
      return { ...answers.INGESTED, objects: 0 };
    },
  });
  const runs = createRunClient(harness.client);
  await harness.withWorkers(
    activities,
    async () => {
      for (let index = 0; index < FLOOD; index += 1)
        await runs.start(`run/${flooding}/${index}`, { pipeline: flooding });
      await runs.start('run/quiet/1', { pipeline: 'quiet' });
      for (let tries = 0; tries < 300 && served.length < FLOOD + 1; tries += 1) await sleep(100);
    },
    { slots: 1 },
  );
  return served;
}

test('a quiet pipeline is served in turn, however much a flooding one has queued before it', async () => {
  const served = await play('flooding');
  expect(served).toHaveLength(FLOOD + 1);
  const before = served.indexOf('quiet');
  expect(before).toBeGreaterThanOrEqual(0);
  expect(before).toBeLessThan(FLOOD / 2);
}, 90_000);

test('the runs that an intake starts carry the pipeline as their fairness key, and so do their activities', async () => {
  const { activities } = stageStandIns({
    resolveBatch: () =>
      Promise.resolve({
        batch: { digest: 'c'.repeat(64), uri: 's3://lake/b.json', objects: 1, bytes: 1 },
        skipped: 0,
        later: [],
        blocked: [],
      }),
  });
  const workflowId = workflowIds.run('keyed', 'c'.repeat(64));
  await harness.withWorkers(activities, async () => {
    await createIntakeClient(harness.client).signalObjects('keyed', [{ bucket: 'lake', key: 'a' }]);
    const runs = createRunClient(harness.client);
    for (let tries = 0; tries < 200 && !(await runs.find(workflowId)); tries += 1) await sleep(100);
    const { raw } = await harness.client.workflow.getHandle(workflowId).describe();
    expect(raw.workflowExecutionInfo?.priority?.fairnessKey).toBe('keyed');
  });
}, 60_000);
