// Real server, real runs as children; only the activities are stand-ins.
import { setTimeout as sleep } from 'node:timers/promises';
import { createBackfillClient, type BackfillInfo } from '../../src/client/backfill-client';
import { createRunClient } from '../../src/client/run-client';
import type { IngestInput } from '../../src/contracts/activities/stages';
import type { BackfillInput } from '../../src/contracts/backfill-messages';
import { workflowIds } from '../../src/contracts/workflow-names';
import { answers } from '../support/stage-stand-ins';
import { backfillScene, failingFor, runOfItem, type BackfillScene } from '../support/backfill-stand-ins';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;
beforeAll(async () => {
  // Asks for continue-as-new after a few dozen events instead of thousands.
  harness = await startWorkflowHarness(undefined, {
    dynamicConfig: ['limit.historyCount.suggestContinueAsNew=150'],
  });
});
afterAll(() => harness.stop());

const wish = (pipeline: string, more: Partial<BackfillInput> = {}): BackfillInput => ({
  pipeline,
  from: '2013-01-01',
  to: '2013-01-31',
  concurrency: 1,
  by: 'ada',
  ...more,
});

async function play(scene: BackfillScene, input: BackfillInput): Promise<BackfillInfo> {
  const client = createBackfillClient(harness.client);
  return harness.withWorkers(scene.activities, async () => {
    await client.start(input);
    await client.result(input.pipeline);
    return requireInfo(input.pipeline);
  });
}

async function requireInfo(pipeline: string): Promise<BackfillInfo> {
  const info = await createBackfillClient(harness.client).find(pipeline);
  if (!info) throw new Error(`No backfill of ${pipeline}`);
  return info;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error('It did not come to that');
}

test('each batch gets a run of its own through the tables, and the last one trains once for all', async () => {
  const scene = backfillScene([[{ name: 'a' }, { name: 'b' }, { name: 'c', settled: true }]]);
  const { progress } = await play(scene, wish('plain'));
  expect(scene.merges).toEqual(['+a', '-a', '+b', '-b', '+b', '-b']);
  expect(scene.calls.filter((name) => name === 'train')).toHaveLength(1);
  expect(scene.calls.filter((name) => name === 'backup')).toHaveLength(1);
  expect(progress).toMatchObject({
    state: 'done',
    counts: { merged: 2, rejected: 0, failed: 0, held: 0, settled: 1 },
  });
  const runs = await createRunClient(harness.client).list('plain');
  expect(runs.map(({ workflowId, trigger, summary }) => [workflowId, trigger, summary?.verdict])).toEqual([
    [runOfItem('plain', 'b'), 'backfill', 'promoted'],
    [runOfItem('plain', 'b'), 'backfill', 'not_trained'],
    [runOfItem('plain', 'a'), 'backfill', 'not_trained'],
  ]);
}, 60_000);

test('a dry run plans and starts nothing, and its plan can be started', async () => {
  const scene = backfillScene([[{ name: 'a' }]]);
  const client = createBackfillClient(harness.client);
  await harness.withWorkers(scene.activities, async () => {
    const plan = await client.plan(wish('dry'));
    expect(plan.cost.items).toBe(1);
    expect(scene.calls).toEqual(['planBackfill']);
    await client.start(wish('dry', { plan }));
    await client.result('dry');
  });
  expect(scene.merges.slice(0, 2)).toEqual(['+a', '-a']);
  // Once for the dry run, once for what follows.
  expect(scene.plans.map(({ follows }) => follows)).toEqual([undefined, '0']);
}, 60_000);

test('so many runs at a time, and batches of the same days one after the other', async () => {
  const items = [{ name: 'a' }, { name: 'b', after: [0] }, { name: 'c' }, { name: 'd' }];
  const scene = backfillScene([items], { mergeMs: 400 });
  await play(scene, wish('lanes', { concurrency: 2 }));
  let most = 0;
  let underWay = 0;
  for (const merge of scene.merges) {
    underWay += merge.startsWith('+') ? 1 : -1;
    most = Math.max(most, underWay);
  }
  expect(most).toBe(2);
  expect(scene.merges.indexOf('-a')).toBeLessThan(scene.merges.indexOf('+b'));
}, 60_000);

test('what follows a batch that failed for good is held back; what does not goes on', async () => {
  const items = [{ name: 'a' }, { name: 'b', after: [0] }, { name: 'c' }];
  const scene = backfillScene([items], { overrides: failingFor('a') });
  const { progress } = await play(scene, wish('held'));
  expect(scene.merges.slice(0, 2)).toEqual(['+c', '-c']);
  expect(progress).toMatchObject({
    counts: { merged: 1, failed: 1, held: 1 },
    failures: [{ workflowId: runOfItem('held', 'a'), reason: 'damaged' }],
  });
}, 60_000);

test('a rejected batch is counted as such, and when nothing was merged nothing is trained', async () => {
  const rejected = { ...answers.VALIDATED, verdict: 'rejected', reasons: ['header'] };
  const scene = backfillScene([[{ name: 'a' }]], {
    overrides: { validate: () => Promise.resolve(rejected) },
  });
  const { progress } = await play(scene, wish('rejected'));
  expect(progress.counts).toMatchObject({ merged: 0, rejected: 1 });
  expect(scene.calls).not.toContain('train');
}, 60_000);

test('rows that newer ones were overtaken by are merged over again, before the training', async () => {
  const scene = backfillScene([[{ name: 'a' }], [{ name: 'b' }]]);
  await play(scene, wish('followed'));
  expect(scene.merges).toEqual(['+a', '-a', '+b', '-b', '+b', '-b']);
  expect(scene.plans.map(({ follows }) => follows)).toEqual([undefined, '0', '1']);
}, 60_000);

test('a paused backfill lets its runs end and starts no other; resumed it goes on', async () => {
  const scene = backfillScene([[{ name: 'a' }, { name: 'b' }]], { mergeMs: 500 });
  const client = createBackfillClient(harness.client);
  await harness.withWorkers(scene.activities, async () => {
    await client.start(wish('paused'));
    await until(() => scene.merges.includes('+a'));
    await client.pause('paused', { by: 'ada', reason: 'month end' });
    await until(() => scene.merges.includes('-a'));
    await until(async () => (await requireInfo('paused')).progress.running.length === 0);
    await sleep(700);
    expect(scene.merges).toEqual(['+a', '-a']);
    expect((await requireInfo('paused')).progress).toMatchObject({
      state: 'paused',
      pauseNote: { by: 'ada', reason: 'month end' },
    });
    await client.resume('paused');
    await client.result('paused');
  });
  expect(scene.merges.slice(2, 4)).toEqual(['+b', '-b']);
}, 60_000);

test('a cancelled backfill cancels its runs, and waits for what they undo', async () => {
  const scene = backfillScene([[{ name: 'a' }, { name: 'b' }]], { mergeMs: 1_500 });
  const client = createBackfillClient(harness.client);
  await harness.withWorkers(scene.activities, async () => {
    await client.start(wish('cancelled'));
    await until(() => scene.merges.includes('+a'));
    await client.cancel('cancelled');
    await client.result('cancelled').catch(() => undefined);
    expect(await requireInfo('cancelled')).toMatchObject({ status: 'cancelled' });
    const [run, ...others] = await createRunClient(harness.client).list('cancelled');
    expect(run).toMatchObject({ status: 'cancelled', summary: { verdict: 'cancelled' } });
    expect(others).toEqual([]);
  });
  expect(scene.merges).not.toContain('+b');
}, 60_000);

test('a long backfill continues as new: bounded histories, every batch once', async () => {
  const names = letters(20);
  const scene = backfillScene([names.map((name) => ({ name }))]);
  const { progress } = await play(scene, wish('long', { concurrency: 3 }));
  expect(progress.counts).toMatchObject({ merged: names.length, failed: 0 });
  const begun = scene.merges.filter((merge) => merge.startsWith('+')).slice(0, names.length);
  expect([...begun].sort()).toEqual(names.map((name) => `+${name}`));
  const lengths: number[] = [];
  for await (const info of harness.client.workflow.list({
    query: `WorkflowId = '${workflowIds.backfill('long')}'`,
  }))
    lengths.push(info.historyLength);
  expect(lengths.length).toBeGreaterThan(1);
  expect(Math.max(...lengths)).toBeLessThan(400);
}, 120_000);

test('everything a backfill does has the lowest priority, under the key of its pipeline', async () => {
  const scene = backfillScene([[{ name: 'a' }]]);
  await play(scene, wish('humble'));
  for (const workflowId of [workflowIds.backfill('humble'), runOfItem('humble', 'a')]) {
    const { raw } = await harness.client.workflow.getHandle(workflowId).describe();
    expect(raw.workflowExecutionInfo?.priority).toMatchObject({ priorityKey: 5, fairnessKey: 'humble' });
  }
}, 60_000);

test('a run of live data is served before all that a backfill has queued', async () => {
  const names = letters(8);
  const served: string[] = [];
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const scene = backfillScene([names.map((name) => ({ name }))], {
    overrides: {
      // The first one holds the slot until all others stand in line.
      ingest: async ({ run }: IngestInput) => {
        served.push(run.batchDigest.slice(0, 1));
        await gate;
        return answers.INGESTED;
      },
    },
  });
  const opened = (): number => scene.calls.filter((name) => name === 'openRun').length;
  await harness.withWorkers(
    scene.activities,
    async () => {
      const client = createBackfillClient(harness.client);
      await client.start(wish('behind', { concurrency: names.length }));
      await until(() => opened() === names.length);
      await createRunClient(harness.client).start('run/behind/live', {
        pipeline: 'behind',
        batch: { digest: 'z'.repeat(64), uri: 's3://lake/z.json' },
      });
      await until(() => opened() === names.length + 1);
      await sleep(1_000);
      release();
      await client.result('behind');
    },
    { slots: 1 },
  );
  expect(served.indexOf('z')).toBe(1);
}, 90_000);

function letters(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => String.fromCharCode('a'.charCodeAt(0) + index));
}
