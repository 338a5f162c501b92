import { setTimeout as sleep } from 'node:timers/promises';
import { createIntakeClient } from '../../src/client/intake-client';
import { createRunClient } from '../../src/client/run-client';
import type { ResolveBacklogInput, ResolveBatchInput } from '../../src/contracts/activities/intake';
import type { IntakeProgress } from '../../src/contracts/messages';
import { versionFingerprint } from '../../src/domain/object-hint';
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

test('a paused intake collects and starts nothing until it is resumed, and says who paused it', async () => {
  const resolver = recordingResolver();
  const { activities } = stageStandIns(resolver.activities);
  await harness.withWorkers(activities, async () => {
    const intake = createIntakeClient(harness.client);
    await intake.signalObjects('second', []);
    await intake.pause('second', { by: 'ada', reason: 'bad feed' });
    await intake.signalObjects('second', [hint('a', '1')]);
    await sleep(700);
    expect(await until('second', ({ state }) => state === 'paused')).toMatchObject({
      pending: 1,
      pauseNote: { by: 'ada', reason: 'bad feed' },
    });
    expect(resolver.batches).toEqual([]);
    await harness.client.workflow.getHandle(workflowIds.intake('second')).signal('resume');
    await until('second', ({ state, totals }) => state === 'idle' && totals.runs === 1);
  });
});

test('a failed run is counted and the feed goes on', async () => {
  let first = true;
  const resolver = recordingResolver();
  const { activities, calls } = stageStandIns({
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
  expect(calls.filter((name) => name === 'recordFailure')).toHaveLength(1);
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
            seen: [versionFingerprint(hint('a', '1')) ?? ''],
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

test('hints that do not fit one message are joined into one batch', async () => {
  const extended: (string | undefined)[] = [];
  const resolver = recordingResolver();
  const { activities } = stageStandIns({
    ...resolver.activities,
    readIntakeSettings: () =>
      Promise.resolve({ planDigest: 'p', batch: { maxObjects: 100, maxBytes: 1e9, quietSeconds: 0.5 } }),
    resolveBatch: (input: ResolveBatchInput) => {
      extended.push(input.extend);
      return resolver.activities['resolveBatch']!(input as never);
    },
  });
  await harness.withWorkers(activities, async () => {
    const intake = createIntakeClient(harness.client);
    for (let start = 0; start < 75; start += 25) {
      const keys = Array.from({ length: 25 }, (_, index) => `raw/seventh/${'k'.repeat(80)}-${start + index}`);
      await intake.signalObjects(
        'seventh',
        keys.map((key) => hint(key, '1')),
      );
    }
    await until('seventh', ({ state, totals }) => state === 'idle' && totals.runs === 1);
  });
  expect(resolver.batches.length).toBeGreaterThan(1);
  expect(new Set(resolver.batches.flat()).size).toBe(75);
  expect(extended).toEqual([undefined, ...extended.slice(1).map(() => 's3://lake/b.json')]);
});

test('a backlog that a reconciliation found is worked off in order, and told once', async () => {
  const offsets: number[] = [];
  const { activities } = stageStandIns({
    resolveBacklog: ({ backlog: { offset } }: ResolveBacklogInput) => {
      offsets.push(offset);
      const digest = `${offset}`.padStart(64, '0').split('').reverse().join('');
      const batch = { digest, uri: 's3://lake/b.json', objects: 10, bytes: 1 };
      return Promise.resolve({
        // Between two batches: objects that were processed meanwhile.
        ...(offset === 10 ? {} : { batch }),
        skipped: offset === 10 ? 10 : 0,
        ...(offset < 20 ? { nextOffset: offset + 10 } : {}),
      });
    },
  });
  await harness.withWorkers(activities, async () => {
    const intake = createIntakeClient(harness.client);
    await intake.offerBacklog('eighth', { uri: 's3://lake/backlog.json', objects: 30 });
    const progress = await until(
      'eighth',
      ({ state, pending, totals }) => state === 'idle' && pending === 0 && totals.runs === 2,
    );
    expect(progress.totals).toMatchObject({ duplicates: 10, runs: 2 });
  });
  expect(offsets).toEqual([0, 10, 20]);
});

test('a deliberate re-run comes before what waits and is a manual run', async () => {
  const opened: string[] = [];
  const resolver = recordingResolver();
  const { activities } = stageStandIns({
    ...resolver.activities,
    openAgain: ({ request }: { readonly request: string }) => {
      opened.push(`${request} after ${resolver.batches.length}`);
      return Promise.resolve({ digest: 'e'.repeat(64), uri: 's3://lake/a.json', objects: 1, bytes: 1 });
    },
  });
  await harness.withWorkers(activities, async () => {
    const intake = createIntakeClient(harness.client);
    await intake.pause('ninth', {});
    await intake.signalObjects('ninth', [hint('a', '1')]);
    await intake.runAgain('ninth', 'r1');
    await intake.runAgain('ninth', 'r1');
    await intake.resume('ninth');
    await until('ninth', ({ state, totals }) => state === 'idle' && totals.runs === 2);
    const again = await createRunClient(harness.client).find(workflowIds.run('ninth', 'e'.repeat(64)));
    expect(again).toMatchObject({ status: 'completed', trigger: 'manual' });
  });
  expect(opened).toEqual(['r1 after 0']);
});

test('a run that somebody else started is waited for, not started twice', async () => {
  let looks = 0;
  const resolver = recordingResolver();
  const { activities, calls } = stageStandIns({
    ...resolver.activities,
    ingest: async () => {
      await sleep(1_500);
      return answers.INGESTED;
    },
    describeRun: () => Promise.resolve((looks += 1) < 3 ? { status: 'running' } : { status: 'completed' }),
  });
  await harness.withWorkers(activities, async () => {
    const workflowId = workflowIds.run('tenth', '1'.padEnd(64, '0'));
    const args = [{ pipeline: 'tenth' }];
    await harness.client.workflow.start('pipelineRun', { workflowId, taskQueue: 'millrace', args });
    await createIntakeClient(harness.client).signalObjects('tenth', [hint('a', '1')]);
    const progress = await until(
      'tenth',
      ({ state, pending }) => state === 'idle' && pending === 0 && looks >= 3,
    );
    expect(progress.totals).toMatchObject({ runs: 0, duplicates: 1 });
  });
  expect(calls.filter((name) => name === 'ingest')).toHaveLength(1);
});
