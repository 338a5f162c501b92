import { setTimeout as sleep } from 'node:timers/promises';
import { createIntakeClient } from '../../src/client/intake-client';
import { createRunClient } from '../../src/client/run-client';
import type { ResolveBatchInput } from '../../src/contracts/activities/control';
import { pauseSignal, resumeSignal, type IntakeProgress } from '../../src/contracts/messages';
import { workflowIds } from '../../src/contracts/workflow-names';
import { permanent, stageStandIns, answers } from '../support/stage-stand-ins';
import { startWorkflowHarness, type Activities, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await startWorkflowHarness();
});
afterAll(() => harness.stop());

const hint = (key: string, versionId: string): { bucket: string; key: string; versionId: string } => ({
  bucket: 'lake',
  key,
  versionId,
});

/** Remembers what the intake asked for; each batch gets a digest of its own. */
function recordingResolver(): { readonly batches: string[][]; readonly activities: Activities } {
  const batches: string[][] = [];
  const resolveBatch = ({ hints }: ResolveBatchInput): Promise<unknown> => {
    batches.push(hints.map(({ key, versionId }) => `${key}@${versionId ?? ''}`));
    const digest = `${batches.length}`.padStart(64, '0').split('').reverse().join('');
    return Promise.resolve({
      batch: { digest, uri: 's3://lake/b.json', objects: hints.length, bytes: 1 },
      skipped: 0,
      later: [],
      blocked: [],
    });
  };
  return { batches, activities: { resolveBatch: resolveBatch } };
}

async function until(pipeline: string, done: (progress: IntakeProgress) => boolean): Promise<IntakeProgress> {
  const runs = createRunClient(harness.client);
  for (let tries = 0; tries < 150; tries += 1) {
    const progress = await runs.intake(pipeline);
    if (progress && done(progress)) return progress;
    await sleep(100);
  }
  throw new Error(`Intake did not get there: ${JSON.stringify(await runs.intake(pipeline))}`);
}

test('events are joined into batches without duplicates, one run at a time', async () => {
  let running = 0;
  let most = 0;
  const resolver = recordingResolver();
  const { activities, calls } = stageStandIns({
    ...resolver.activities,
    ingest: async () => {
      most = Math.max(most, (running += 1));
      await sleep(100);
      running -= 1;
      return answers.INGESTED;
    },
  });
  await harness.withWorkers(activities, async () => {
    const intake = createIntakeClient(harness.client);
    await intake.signalObjects('first', [hint('a', '1'), hint('b', '1'), hint('a', '1')]);
    await intake.signalObjects('first', [hint('c', '1')]);
    await intake.signalObjects('first', [hint('b', '1')]);
    const progress = await until('first', ({ state, totals }) => state === 'idle' && totals.runs === 2);
    expect(progress).toMatchObject({
      pending: 0,
      totals: { events: 5, duplicates: 2, runs: 2, failedRuns: 0 },
    });
  });
  expect(resolver.batches).toEqual([['a@1', 'b@1'], ['c@1']]);
  expect(most).toBe(1);
  expect(calls.filter((name) => name === 'ingest')).toHaveLength(2);
});

test('a paused intake collects and starts nothing until it is resumed', async () => {
  const resolver = recordingResolver();
  const { activities } = stageStandIns(resolver.activities);
  await harness.withWorkers(activities, async () => {
    const intake = createIntakeClient(harness.client);
    await intake.signalObjects('second', []);
    const handle = harness.client.workflow.getHandle(workflowIds.intake('second'));
    await handle.signal(pauseSignal);
    await intake.signalObjects('second', [hint('a', '1')]);
    await sleep(700);
    expect(await until('second', ({ state }) => state === 'paused')).toMatchObject({ pending: 1 });
    expect(resolver.batches).toEqual([]);
    await handle.signal(resumeSignal);
    await until('second', ({ state, totals }) => state === 'idle' && totals.runs === 1);
  });
});

test('a failed run is counted and the feed goes on', async () => {
  let first = true;
  const resolver = recordingResolver();
  const { activities } = stageStandIns({
    ...resolver.activities,
    ingest: () => {
      const refuse = first;
      first = false;
      return refuse ? permanent('IntegrityError', 'damaged')() : Promise.resolve(answers.INGESTED);
    },
  });
  await harness.withWorkers(activities, async () => {
    await createIntakeClient(harness.client).signalObjects('third', [
      hint('a', '1'),
      hint('b', '1'),
      hint('c', '1'),
    ]);
    const progress = await until('third', ({ state, totals }) => state === 'idle' && totals.runs === 2);
    expect(progress.totals.failedRuns).toBe(1);
  });
});

test('what must wait for a later batch, or cannot be looked at, holds up nothing else', async () => {
  const batches: string[][] = [];
  const { activities } = stageStandIns({
    resolveBatch: ({ hints }: ResolveBatchInput) => {
      const keys = hints.map(({ key }) => key);
      batches.push(keys);
      const blocked = keys.flatMap((key, index) => (key === 'locked' ? [index] : []));
      const later = keys.flatMap((key, index) => (key === 'second' && keys.includes('first') ? [index] : []));
      const digest = `${batches.length}`.repeat(64).slice(0, 64);
      const objects = keys.length - blocked.length - later.length;
      const batch = { digest, uri: 's3://lake/b.json', objects, bytes: 1 };
      return Promise.resolve({
        ...(objects > 0 ? { batch } : { problem: 'access denied' }),
        skipped: 0,
        later,
        blocked,
      });
    },
  });
  await harness.withWorkers(activities, async () => {
    const hints = ['locked', 'first', 'second', 'third'].map((key) => hint(key, '1'));
    await createIntakeClient(harness.client).signalObjects('sixth', hints);
    await until('sixth', ({ totals }) => totals.runs === 2 && batches.length >= 3);
  });
  expect(batches.length).toBeGreaterThanOrEqual(3);
  expect(batches.slice(0, 3)).toEqual([['locked', 'first'], ['second', 'third'], ['locked']]);
});

test('events of a pipeline that is not applied yet wait for it', async () => {
  let applied = false;
  const resolver = recordingResolver();
  const { activities } = stageStandIns({
    ...resolver.activities,
    readIntakeSettings: () =>
      applied
        ? Promise.resolve({ planDigest: 'p', batch: { maxObjects: 5, maxBytes: 1e9, quietSeconds: 0.1 } })
        : permanent('NotFound', 'No such pipeline')(),
  });
  await harness.withWorkers(activities, async () => {
    const intake = createIntakeClient(harness.client);
    await intake.signalObjects('fourth', [hint('a', '1')]);
    await until('fourth', ({ state, pending }) => state === 'collecting' && pending === 1);
    applied = true;
    await intake.signalObjects('fourth', [hint('b', '1')]);
    await until('fourth', ({ state, totals }) => state === 'idle' && totals.runs === 1);
  });
  expect(resolver.batches).toEqual([['a@1', 'b@1']]);
});

test('what continue-as-new carries is taken up', async () => {
  const resolver = recordingResolver();
  const { activities } = stageStandIns(resolver.activities);
  await harness.withWorkers(activities, async () => {
    await harness.client.workflow.start('datasetIntake', {
      workflowId: workflowIds.intake('fifth'),
      taskQueue: 'millrace',
      args: [
        {
          pipeline: 'fifth',
          carried: {
            pending: [hint('a', '2')],
            seen: ['lake/a@1'],
            paused: false,
            totals: { events: 9, duplicates: 1, runs: 4, failedRuns: 0 },
          },
        },
      ],
    });
    await createIntakeClient(harness.client).signalObjects('fifth', [hint('a', '1')]);
    const progress = await until('fifth', ({ state, totals }) => state === 'idle' && totals.runs === 5);
    expect(progress.totals).toMatchObject({ events: 10, duplicates: 2 });
  });
  expect(resolver.batches).toEqual([['a@2']]);
});
