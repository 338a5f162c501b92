// kill -9 of the workers in the middle of a backfill: old files are merged behind live data, once, and trained on once.
import { setTimeout as sleep } from 'node:timers/promises';
import { connectClient } from '../../src/client/connect';
import { workflowIds } from '../../src/contracts/workflow-names';
import { waitForAttempt } from '../support/faults/attempts';
import { booksOf, liveVersion } from '../support/faults/books';
import { strikeDown } from '../support/faults/victims';
import { startTestStack, type Document, type TestStack } from '../support/millrace';
import { applyTrips, fingerprint, uploadTrips, waitForTrips } from '../support/trips';

type Connected = Awaited<ReturnType<typeof connectClient>>;

const TODAY = new Date().toISOString().slice(0, '2013-01-31'.length);
const MISSED = ['--from', '2024-01-01', '--to', TODAY, '--only', 'missing'];
/** Merging and training take a few seconds, so that a kill finds them at it. */
const SLOW = ['slow:*:tables/killed/clean/*.parquet', 'slow:open:tables/killed/features/*.parquet'];

let stack: TestStack;
let temporal: Connected;
beforeAll(async () => {
  stack = await startTestStack({ faults: SLOW.join(';') });
  temporal = await connectClient(stack.session.settings.temporal);
}, 240_000);
afterAll(async () => {
  await temporal.close();
  await stack.stop();
});

/** A live table, then two files that nobody heard of. */
async function missTwoFiles(pipeline: string): Promise<void> {
  await applyTrips(stack, pipeline, { maxObjects: 1, reconcileMinutes: 0 });
  await uploadTrips(stack, pipeline, 'live.csv', { fromDay: 0, days: 16, tripsPerDay: 24 });
  await waitForTrips(stack, pipeline);
  await stack.millrace(['intake', pipeline, 'pause', '--reason', 'not now']);
  for (const fromDay of [16, 19]) {
    await uploadTrips(stack, pipeline, `day-${fromDay}.csv`, { fromDay, days: 3, tripsPerDay: 24 });
  }
}

const backfill = (pipeline: string, ...args: readonly string[]): Promise<Document> =>
  stack.millrace(['backfill', pipeline, ...args]);

async function ended(pipeline: string): Promise<object> {
  const { backfill: end } = await backfill(pipeline, 'wait');
  expect(end).toMatchObject({ status: 'completed', progress: { counts: { merged: 2, failed: 0, held: 0 } } });
  const { backup, ...published } = await fingerprint(stack, pipeline);
  const books = await booksOf(stack, pipeline);
  return { ...published, books, damaged: backup.damaged, live: await liveVersion(stack, pipeline) };
}

/** The run that the backfill has under way; waits for one. */
async function runUnderWay(pipeline: string): Promise<string> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { raw } = await temporal.client.workflow.getHandle(workflowIds.backfill(pipeline)).describe();
    const [child] = raw.pendingChildren ?? [];
    if (child?.workflowId) return child.workflowId;
    await sleep(100);
  }
  throw new Error(`No run of a backfill [pipeline=${pipeline}]`);
}

async function untilItTrains(pipeline: string): Promise<void> {
  for (let isTraining = false; !isTraining;) {
    const run = await runUnderWay(pipeline);
    const digest = run.slice(run.lastIndexOf('/') + 1);
    const training = temporal.client.workflow.getHandle(workflowIds.train(pipeline, digest));
    isTraining = await training.describe().then(
      ({ raw }) => raw.pendingActivities?.[0] !== undefined,
      () => false,
    );
    await sleep(200);
  }
}

test('killed in the merge, in the workflows and in the training, a backfill ends as one that was left alone', async () => {
  await missTwoFiles('calm');
  await backfill('calm', '--yes', ...MISSED);
  const undisturbed = await ended('calm');

  await missTwoFiles('killed');
  await backfill('killed', '--yes', ...MISSED);
  const run = await runUnderWay('killed');
  expect(await waitForAttempt(temporal.client, run, 'transform')).toMatchObject({ attempt: 1 });
  await strikeDown(stack.state, 'data-worker');
  await strikeDown(stack.state, 'worker');
  await untilItTrains('killed');
  await strikeDown(stack.state, 'train-worker');
  expect(await ended('killed')).toEqual(undisturbed);
}, 400_000);
