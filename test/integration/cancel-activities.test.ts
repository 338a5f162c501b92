// Every activity that a worker offers, waiting for something that never answers: an object store and an inference server
// that accept calls and keep silent, a workflow service that does not come back. Real Temporal, the worker's own
// composition of activities.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { loadSettings } from '../../src/config/settings';
import { activityInterceptor } from '../../src/workers/activity-interceptor';
import { composeQueue } from '../../src/workers/queues';
import { epochMs } from '../support/epoch-ms';
import { startTemporal, type LocalTemporal } from '../support/local-servers';

/** What docs/guarantees.md promises. */
const PROMISE_MS = 5_000;
const WORKFLOW_QUEUE = 'cancel-activities';

const never = (): Promise<never> => new Promise(() => undefined);
const silent = { offerBacklog: never, askTurn: never, runState: never };
const digest = 'a'.repeat(64);
const artifact = { uri: 's3://lake/some/object.json', sha256: digest, bytes: 1 };

/** Enough for each of them to come to its first call. */
const INPUT = {
  pipeline: 'silent',
  planDigest: digest,
  run: { pipeline: 'silent', planDigest: digest, batchDigest: digest, workflowId: 'run/silent/a' },
  workflowId: 'run/silent/a',
  runId: 'a',
  asker: { workflowId: 'run/silent/a', runId: 'a' },
  of: { pipeline: 'silent' },
  manifest: artifact,
  accepted: artifact,
  batchUri: artifact.uri,
  batch: { digest, uri: artifact.uri },
  backlog: { uri: artifact.uri, offset: 0 },
  hints: [{ bucket: 'lake', key: 'raw/silent/a' }],
  request: 'a',
  plan: artifact.uri,
  work: artifact,
  group: 0,
  index: 0,
  channel: 0,
  wish: { from: '2024-01-01', to: '2024-01-31' },
  concurrency: 1,
  by: 'ada',
  featuresVersion: 1,
  version: 1,
  goldenTolerance: 1e-5,
  requestedBy: 'a',
  table: 'clean',
  nowMs: 0,
  retentionDays: 1,
  dryRun: true,
  verdict: 'accepted',
  summary: { verdict: 'promoted', reasons: [], stages: [] },
  findings: {},
  model: { trainDigest: digest, files: { onnx: artifact }, featuresVersion: 1 },
  transform: { clean: { version: 1 }, features: { version: 1 } },
  evaluation: { decision: 'promote', report: artifact },
};

let temporal: LocalTemporal;
let silence: Server;
let directory: string;
let connection: Connection;
let native: NativeConnection;
let workers: readonly Worker[];
let running: Promise<unknown>;
let offered: readonly { readonly activity: string; readonly taskQueue: string }[];
const sockets = new Set<Socket>();

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  temporal = await startTemporal();
  directory = await mkdtemp(path.join(tmpdir(), 'millrace-cancel-'));
  silence = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => silence.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(silence.address() as AddressInfo).port}`;
  const settings = loadSettings({
    AWS_ENDPOINT_URL_S3: url,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    MILLRACE_SERVING_URL: url,
    MILLRACE_SCRATCH_DIR: directory,
  });
  connection = await Connection.connect({ address: temporal.address });
  native = await NativeConnection.connect({ address: temporal.address });
  const interceptors = {
    activity: [
      (context: Parameters<typeof activityInterceptor>[0]) => ({ inbound: activityInterceptor(context) }),
    ],
  };
  const composed = Object.values(TASK_QUEUES).map((taskQueue) => ({
    taskQueue,
    activities: { ...composeQueue(taskQueue, settings, silent).activities },
  }));
  offered = composed.flatMap(({ taskQueue, activities }) =>
    Object.keys(activities).map((activity) => ({ activity, taskQueue })),
  );
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../support/workflows/call-activity'),
    logger,
  });
  const timing = { maxHeartbeatThrottleInterval: '1s', defaultHeartbeatThrottleInterval: '1s' } as const;
  workers = await Promise.all([
    Worker.create({ connection: native, taskQueue: WORKFLOW_QUEUE, workflowBundle }),
    ...composed.map((queue) => Worker.create({ connection: native, ...queue, ...timing, interceptors })),
  ]);
  running = Promise.all(workers.map((worker) => worker.run()));
}, 120_000);
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  for (const socket of sockets) socket.destroy();
  silence.close();
  await connection.close();
  await native.close();
  await temporal.stop();
  await rm(directory, { recursive: true, force: true });
});

/** From the request to the end of the activity, as the server's history has it. */
async function cancelInTheMiddle(activity: string, taskQueue: string): Promise<{ how: string; ms: number }> {
  const client = new Client({ connection });
  const handle = await client.workflow.start('callActivity', {
    workflowId: activity,
    taskQueue: WORKFLOW_QUEUE,
    args: [{ activity, taskQueue, input: INPUT }],
  });
  for (;;) {
    const { raw } = await handle.describe();
    if (raw.pendingActivities?.[0]?.lastHeartbeatTime) break;
    if (raw.pendingActivities?.[0]?.lastFailure)
      return { how: JSON.stringify(raw.pendingActivities[0].lastFailure.message), ms: 0 };
    if (raw.workflowExecutionInfo?.closeTime) return { how: 'ended before it was cancelled', ms: 0 };
    await sleep(100);
  }
  await handle.cancel();
  await handle.result().catch(() => undefined);
  const { events = [] } = await handle.fetchHistory();
  const asked = events?.find((event) => event.activityTaskCancelRequestedEventAttributes);
  const ended = events?.find((event) => event.activityTaskCanceledEventAttributes);
  if (!ended) return { how: 'not reported as cancelled', ms: 0 };
  return { how: 'cancelled', ms: epochMs(ended.eventTime) - epochMs(asked?.eventTime) };
}

test('every activity that waits for something silent is cancelled within the promised time', async () => {
  expect(offered.length).toBeGreaterThan(20);
  const ends = await Promise.all(
    offered.map(async ({ activity, taskQueue }) => ({
      activity,
      ...(await cancelInTheMiddle(activity, taskQueue)),
    })),
  );
  expect(ends.filter(({ how, ms }) => how !== 'cancelled' || ms > PROMISE_MS)).toEqual([]);
  const slowest = [...ends].sort((left, right) => right.ms - left.ms).slice(0, 5);
  process.stdout.write(`${ends.length} activities cancelled; slowest: ${JSON.stringify(slowest)}\n`);
}, 120_000);
