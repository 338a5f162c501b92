import { setTimeout as sleep } from 'node:timers/promises';
import type { temporal } from '@temporalio/proto';
import { createBackfillClient } from '../../src/client/backfill-client';
import { createIntakeClient } from '../../src/client/intake-client';
import { createRunClient } from '../../src/client/run-client';
import { cancelRunSignal, type PipelineRunInput } from '../../src/contracts/messages';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { workflowIds } from '../../src/contracts/workflow-names';
import { backfillScene, failingFor } from '../support/backfill-stand-ins';
import { answers, permanent, splitTransform, stageStandIns, tellsAbout } from '../support/stage-stand-ins';
import type { Activities, WorkflowHarness } from '../support/workflow-harness';
import { TURN_SCENARIOS } from './turn-scenarios';

/** A way through the workflows that a released version must be able to replay for ever. */
export interface Scenario {
  readonly name: string;
  readonly activities: Activities;
  /** Plays it and names the workflow whose history is kept. */
  readonly play: (harness: WorkflowHarness) => Promise<string>;
  /** How far the workflow comes before somebody steps in depends on the clock. */
  readonly isTimed?: true;
}

async function runToEnd(
  { client }: WorkflowHarness,
  workflowId: string,
  input: Partial<PipelineRunInput> = {},
): Promise<string> {
  const handle = await client.workflow.start('pipelineRun', {
    workflowId,
    taskQueue: TASK_QUEUES.control,
    args: [{ pipeline: 'flights', trigger: 'manual', ...input }],
  });
  await handle.result().catch(() => undefined);
  return workflowId;
}

const run = (name: string, overrides: Activities = {}, input: Partial<PipelineRunInput> = {}): Scenario => ({
  name: `pipeline-run-${name}`,
  activities: stageStandIns(overrides).activities,
  play: (harness) => runToEnd(harness, `run/flights/${name}`, input),
});

const child = (name: string, workflowId: string, overrides: Activities = {}): Scenario => ({
  name,
  activities: stageStandIns(overrides).activities,
  play: async (harness) => {
    await runToEnd(harness, `run/flights/${name}`);
    return workflowId;
  },
});

const maintain = (action: 'vacuum' | 'compact'): Scenario => ({
  name: `maintain-tables-${action}`,
  activities: stageStandIns().activities,
  play: async ({ client }) => {
    await createRunClient(client).maintain({ pipeline: 'flights', action });
    return workflowIds.maintain('flights');
  },
});

const BATCH = 'b'.repeat(64);
const checkFails = { checkModel: permanent('DeployCheckFailed', 'golden predictions differ') };

export const SCENARIOS: readonly Scenario[] = [
  ...TURN_SCENARIOS,
  run('promoted'),
  run('kept', {
    evaluate: () => Promise.resolve({ ...answers.EVALUATED, decision: 'keep', reason: 'not better' }),
  }),
  run('rejected', {
    validate: () => Promise.resolve({ ...answers.VALIDATED, verdict: 'rejected', reasons: ['wrong header'] }),
  }),
  run('rejected-told', {
    openRun: tellsAbout('rejected'),
    validate: () => Promise.resolve({ ...answers.VALIDATED, verdict: 'rejected', reasons: ['wrong header'] }),
  }),
  run('failed-not-told', {
    openRun: tellsAbout('failed'),
    transform: permanent('IntegrityError', 'damaged'),
    notify: permanent('InvalidPlan', 'no address'),
  }),
  run('split', {
    transform: splitTransform([
      { table: 'clean', groups: 3, parallel: 2 },
      // A commit came between: what it touched is made again.
      { table: 'clean', groups: 2, parallel: 2 },
      { table: 'features', groups: 3, parallel: 2 },
    ]),
  }),
  run('tables-only', {}, { through: 'transform', trigger: 'backfill' }),
  run('nothing-new', { ingest: () => Promise.resolve({ ...answers.INGESTED, objects: 0 }) }),
  run('not-trained', { train: () => Promise.resolve({ notTrained: 'too few days', reused: false }) }),
  run('rolled-back', checkFails),
  run('failed', { transform: permanent('IntegrityError', 'damaged') }),
  {
    name: 'pipeline-run-cancelled',
    isTimed: true,
    activities: stageStandIns({ transform: () => sleep(1_500) }).activities,
    play: async (harness) => {
      const workflowId = 'run/flights/cancelled';
      const ended = runToEnd(harness, workflowId);
      await sleep(500);
      await harness.client.workflow.getHandle(workflowId).signal(cancelRunSignal);
      return ended;
    },
  },
  child('train-model', workflowIds.train('flights', BATCH)),
  child('deploy-model-live', workflowIds.deploy('flights', 7)),
  child('deploy-model-rolled-back', workflowIds.deploy('flights', 7), checkFails),
  maintain('vacuum'),
  maintain('compact'),
  child('backup-pipeline', workflowIds.backup('flights', BATCH.slice(0, 16))),
  {
    name: 'dataset-intake-two-batches',
    activities: stageStandIns({
      resolveBatch: ({ hints }: { hints: readonly { key: string }[] }) =>
        Promise.resolve({
          batch: {
            digest: (hints[0]?.key ?? '').repeat(64),
            uri: 's3://lake/b.json',
            objects: hints.length,
            bytes: 1,
          },
          skipped: 0,
          later: [],
          blocked: [],
        }),
    }).activities,
    play: async (harness) => {
      const hint = (key: string): { bucket: string; key: string; versionId: string } => ({
        bucket: 'lake',
        key,
        versionId: '1',
      });
      await createIntakeClient(harness.client).signalObjects('flights', ['a', 'b', 'a', 'c'].map(hint));
      await untilRuns(harness, 2);
      return workflowIds.intake('flights');
    },
  },
  {
    name: 'backfill-pipeline',
    // Two merged, one failed, one held back, one settled, and one merged over again.
    activities: backfillScene(
      [
        [
          { name: 'a' },
          { name: 'b' },
          { name: 'c', after: [1] },
          { name: 'd', settled: true },
          { name: 'e' },
        ],
        [{ name: 'f' }],
      ],
      { overrides: failingFor('b') },
    ).activities,
    play: async ({ client }) => {
      const backfills = createBackfillClient(client);
      await backfills.start({ pipeline: 'flights', from: '2013-01-01', to: '2013-01-31', by: 'ada' });
      await backfills.pause('flights', { by: 'ada' });
      await backfills.resume('flights');
      await backfills.result('flights');
      return workflowIds.backfill('flights');
    },
  },
  {
    name: 'backfill-pipeline-cancelled',
    isTimed: true,
    activities: backfillScene([[{ name: 'a' }, { name: 'b' }]], { mergeMs: 1_500 }).activities,
    play: async ({ client }) => {
      const backfills = createBackfillClient(client);
      await backfills.start({ pipeline: 'flights', from: '2013-01-01', to: '2013-01-31', by: 'ada' });
      await sleep(1_000);
      await backfills.cancel('flights');
      await backfills.result('flights').catch(() => undefined);
      return workflowIds.backfill('flights');
    },
  },
  {
    name: 'reconcile-intake',
    activities: stageStandIns({
      reconcile: () => Promise.resolve({ pipelines: 1, landed: 9, unsettled: 2, failed: 0 }),
    }).activities,
    play: async ({ client }) => {
      const handle = await client.workflow.start('reconcileIntake', {
        workflowId: workflowIds.reconcile('flights'),
        taskQueue: TASK_QUEUES.control,
        args: [{ pipeline: 'flights' }],
      });
      await handle.result();
      return handle.workflowId;
    },
  },
  {
    name: 'dataset-intake-backlog-and-again',
    isTimed: true,
    activities: stageStandIns({
      resolveBacklog: ({ backlog }: { backlog: { offset: number } }) =>
        Promise.resolve({
          batch: {
            digest: `${backlog.offset}`.padEnd(64, 'f'),
            uri: 's3://lake/b.json',
            objects: 1,
            bytes: 1,
          },
          skipped: 0,
          ...(backlog.offset === 0 ? { nextOffset: 1 } : {}),
        }),
      // Not the batch of another scenario: the cache-off suite plays them all on one server.
      openAgain: () =>
        Promise.resolve({ digest: '9'.repeat(64), uri: 's3://lake/a.json', objects: 1, bytes: 1 }),
      // The first run of the backlog fails for good.
      ingest: failsOnce(),
    }).activities,
    play: async (harness) => {
      const intake = createIntakeClient(harness.client);
      await intake.offerBacklog('flights', { uri: 's3://lake/backlog.json', objects: 2 });
      await sleep(2_000);
      await intake.pause('flights', { by: 'ada', reason: 'looking' });
      await intake.runAgain('flights', 'r1');
      await intake.resume('flights');
      await untilRuns(harness, 3);
      return workflowIds.intake('flights');
    },
  },
];

function failsOnce(): () => Promise<unknown> {
  let calls = 0;
  return () =>
    (calls += 1) === 1 ? permanent('IntegrityError', 'damaged')() : Promise.resolve(answers.INGESTED);
}

/**
 * Waits for the ends of so many runs by the intake's history: a query would have the intake replayed each time, and hold
 * its own tasks up for seconds on a worker without a cache.
 */
async function untilRuns({ client }: WorkflowHarness, runs: number): Promise<void> {
  const intake = client.workflow.getHandle(workflowIds.intake('flights'));
  let ended = 0;
  for (let tries = 0; tries < 300 && ended < runs; tries += 1) {
    await sleep(100);
    const { events } = await intake.fetchHistory();
    ended = (events ?? []).filter(endsRun).length;
  }
  const counted = (await createRunClient(client).intake('flights'))?.totals.runs;
  if (counted !== runs) throw new Error(`The intake counted ${counted} runs, expected ${runs}`);
}

const endsRun = (event: temporal.api.history.v1.IHistoryEvent): boolean =>
  Boolean(event.childWorkflowExecutionCompletedEventAttributes) ||
  Boolean(event.childWorkflowExecutionFailedEventAttributes);
