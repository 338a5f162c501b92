import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  cancelRunSignal,
  runPlanQuery,
  runProgressQuery,
  type RunSummary,
} from '../../src/contracts/messages';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import type { pipelineRun } from '../../src/workflows';
import { createRunClient } from '../../src/client/run-client';
import { answers, permanent, stageStandIns, tellsAbout } from '../support/stage-stand-ins';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;
let started = 0;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});
afterAll(() => harness.stop());

const start = (): Promise<WorkflowHandle<typeof pipelineRun>> =>
  harness.client.workflow.start<typeof pipelineRun>('pipelineRun', {
    workflowId: `run/flights/test-${(started += 1)}`,
    taskQueue: TASK_QUEUES.control,
    args: [{ pipeline: 'flights', trigger: 'manual' }],
  });

const statusOf = (summary: RunSummary): Record<string, string> =>
  Object.fromEntries(summary.stages.map(({ stage, status }) => [stage, status]));

const EVERYTHING = [
  'openRun',
  'ingest',
  'validate',
  'transform',
  'recordBatch',
  'train',
  'evaluate',
  'register',
  'loadModel',
  'checkModel',
  'activateModel',
  'backup',
  'recordRun',
  'publishReport',
];

test('a good batch goes through every stage once, in order, and its model goes live', async () => {
  const { activities, calls } = stageStandIns();
  const summary = await harness.withWorkers(activities, async () => (await start()).result());
  expect(calls).toEqual(EVERYTHING);
  expect(summary).toMatchObject({
    verdict: 'promoted',
    rows: 100,
    quarantinedRows: 2,
    cleanVersion: 3,
    featuresVersion: 3,
    challenger: 0.7,
    champion: 0.66,
    modelVersion: 7,
    liveVersion: 7,
    snapshot: '000001-abcdef01',
  });
  expect(new Set(Object.values(statusOf(summary)))).toEqual(new Set(['done']));
});

test('with the workflow cache off, so that every task replays from the first event, the calls are the same', async () => {
  const { activities, calls } = stageStandIns();
  await harness.withWorkers(activities, async () => (await start()).result(), { cached: false });
  expect(calls).toEqual(EVERYTHING);
});

test('a challenger that the gate keeps back is neither registered nor deployed, and is backed up', async () => {
  const keep = { ...answers.EVALUATED, decision: 'keep', reason: 'only 1 % better' };
  const { activities, calls } = stageStandIns({ evaluate: () => Promise.resolve(keep) });
  const summary = await harness.withWorkers(activities, async () => (await start()).result());
  expect(summary).toMatchObject({ verdict: 'kept', liveVersion: 6, reasons: ['only 1 % better'] });
  expect(statusOf(summary)).toMatchObject({ register: 'skipped', deploy: 'skipped', backup: 'done' });
  expect(calls).not.toContain('register');
});

test('a rejected batch ends the run with its reasons, as a result and not as a failure', async () => {
  const rejected = {
    ...answers.VALIDATED,
    verdict: 'rejected',
    reasons: ['header: missing column distance'],
  };
  const { activities, calls } = stageStandIns({ validate: () => Promise.resolve(rejected) });
  const summary = await harness.withWorkers(activities, async () => (await start()).result());
  expect(summary).toMatchObject({ verdict: 'rejected', reasons: ['header: missing column distance'] });
  expect(calls).toEqual(['openRun', 'ingest', 'validate', 'recordBatch', 'recordRun', 'publishReport']);
});

test('a rejected batch is told to whom the plan names, once, before the run is recorded', async () => {
  const { activities, calls } = stageStandIns({
    openRun: tellsAbout('rejected'),
    validate: () => Promise.resolve({ ...answers.VALIDATED, verdict: 'rejected', reasons: ['header'] }),
  });
  const summary = await harness.withWorkers(activities, async () => (await start()).result());
  expect(calls.slice(-4)).toEqual(['recordBatch', 'notify', 'recordRun', 'publishReport']);
  expect(summary.notifications).toEqual([{ kind: 'webhook', status: 'sent' }]);
});

test('a notification that cannot be delivered changes nothing but the record of it', async () => {
  const { activities } = stageStandIns({
    openRun: tellsAbout('promoted', 'rejected'),
    notify: permanent('InvalidPlan', 'no address'),
  });
  const summary = await harness.withWorkers(activities, async () => (await start()).result());
  expect(summary).toMatchObject({
    verdict: 'promoted',
    notifications: [{ kind: 'webhook', status: 'failed', reason: 'no address' }],
  });
});

test('a failed run is told too, and what is not asked for is not', async () => {
  const failing = { transform: permanent('IntegrityError', 'damaged') };
  const told = stageStandIns({ ...failing, openRun: tellsAbout('failed') });
  await harness.withWorkers(told.activities, async () => (await start()).result().catch(() => undefined));
  expect(told.calls).toContain('notify');
  const untold = stageStandIns({ ...failing, openRun: tellsAbout('rejected') });
  await harness.withWorkers(untold.activities, async () => (await start()).result().catch(() => undefined));
  expect(untold.calls).not.toContain('notify');
});

test('a table that cannot be learned from yet is published and backed up, and the run says why there is no model', async () => {
  const { activities, calls } = stageStandIns({
    train: () => Promise.resolve({ notTrained: 'only one class', reused: false }),
  });
  const summary = await harness.withWorkers(activities, async () => (await start()).result());
  expect(summary).toMatchObject({ verdict: 'not_trained', reasons: ['only one class'], cleanVersion: 3 });
  expect(calls).toEqual([
    'openRun',
    'ingest',
    'validate',
    'transform',
    'recordBatch',
    'train',
    'backup',
    'recordRun',
    'publishReport',
  ]);
});

test('content that is published already ends the run after ingest', async () => {
  const { activities, calls } = stageStandIns({
    ingest: () => Promise.resolve({ ...answers.INGESTED, objects: 0, skipped: 1 }),
  });
  const summary = await harness.withWorkers(activities, async () => (await start()).result());
  expect(summary.verdict).toBe('nothing_new');
  expect(calls).toEqual(['openRun', 'ingest', 'recordBatch', 'recordRun', 'publishReport']);
});

test('a version that fails its golden check is taken back and the old one stays live', async () => {
  const { activities, calls } = stageStandIns({
    checkModel: permanent('DeployCheckFailed', 'golden predictions differ by 0.2'),
  });
  const summary = await harness.withWorkers(activities, async () => (await start()).result());
  expect(summary).toMatchObject({ verdict: 'rolled_back', liveVersion: 6 });
  expect(calls.filter((name) => name === 'checkModel')).toHaveLength(1);
  expect(calls).toContain('restoreModel');
  expect(calls).not.toContain('activateModel');
});

test('a technical failure is retried with backoff, bad input is not', async () => {
  let attempts = 0;
  const flaky = (): Promise<unknown> => {
    attempts += 1;
    return attempts < 3 ? Promise.reject(new Error('connection reset')) : Promise.resolve(answers.INGESTED);
  };
  const { activities } = stageStandIns({ ingest: flaky });
  const summary = await harness.withWorkers(activities, async () => (await start()).result());
  expect(summary.verdict).toBe('promoted');
  expect(attempts).toBe(3);

  const refused = stageStandIns({ ingest: permanent('IntegrityError', 'expected sha256 a, got b') });
  await harness.withWorkers(refused.activities, async () => {
    const handle = await start();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    const info = await createRunClient(harness.client).find(handle.workflowId);
    expect(info).toMatchObject({
      status: 'failed',
      summary: { verdict: 'failed', reasons: ['expected sha256 a, got b'] },
    });
  });
  expect(refused.calls.filter((name) => name === 'ingest')).toHaveLength(1);
  expect(refused.calls.slice(-2)).toEqual(['recordRun', 'publishReport']);
});

test.each([
  { how: 'the cancelRun signal', status: 'failed' },
  { how: 'temporal workflow cancel', status: 'cancelled' },
])('cancelling in the middle of a deployment by $how puts the old version back', async ({ how, status }) => {
  let activating = (): void => undefined;
  const reached = new Promise<void>((resolve) => (activating = resolve));
  const { activities, calls } = stageStandIns({
    activateModel: async () => {
      activating();
      await sleep(2_000);
    },
  });
  await harness.withWorkers(activities, async () => {
    const handle = await start();
    await reached;
    await (how === 'the cancelRun signal' ? handle.signal(cancelRunSignal) : handle.cancel());
    await handle.result().catch(() => undefined);
    const info = await createRunClient(harness.client).find(handle.workflowId);
    expect(info).toMatchObject({ status, summary: { verdict: 'cancelled' } });
  });
  expect(calls.slice(calls.indexOf('activateModel') + 1)).toEqual([
    'restoreModel',
    'recordRun',
    'publishReport',
  ]);
});

test('progress and plan can be asked while the run works and after it', async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let validating = (): void => undefined;
  const reached = new Promise<void>((resolve) => (validating = resolve));
  const { activities } = stageStandIns({
    validate: async () => {
      validating();
      await gate;
      return answers.VALIDATED;
    },
  });
  await harness.withWorkers(activities, async () => {
    const handle = await start();
    await reached;
    const progress = await handle.query(runProgressQuery);
    expect(progress.stages.slice(0, 3).map(({ status }) => status)).toEqual(['done', 'running', 'waiting']);
    release();
    await handle.result();
    expect((await handle.query(runProgressQuery)).verdict).toBe('promoted');
    expect(await handle.query(runPlanQuery)).toEqual({
      planDigest: 'p'.repeat(64),
      planUri: 's3://lake/plan.json',
      batchDigest: 'b'.repeat(64),
    });
  });
});

test('an activity that answers with too much is refused without a retry', async () => {
  const { activities, calls } = stageStandIns({
    ingest: () => Promise.resolve({ ...answers.INGESTED, rows: 'x'.repeat(9_000) }),
  });
  await harness.withWorkers(activities, async () => {
    await expect((await start()).result()).rejects.toMatchObject({
      cause: { cause: { type: 'PayloadTooLarge', nonRetryable: true } },
    });
  });
  expect(calls.filter((name) => name === 'ingest')).toHaveLength(1);
});

test('a run ends as it ends when its report cannot be published', async () => {
  const { activities, calls } = stageStandIns({ publishReport: permanent('IntegrityError', 'no report') });
  const summary = await harness.withWorkers(activities, async () => (await start()).result());
  expect(summary).toMatchObject({ verdict: 'promoted' });
  expect(calls.at(-1)).toBe('publishReport');
});
