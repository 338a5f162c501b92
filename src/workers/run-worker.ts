import { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createIntakeClient } from '../client/intake-client';
import { askTurn } from '../client/turn-client';
import { readRunState } from '../client/run-state';
import { workerDataConverter } from '../codec/worker-data-converter';
import { loadKeyRing } from '../codec/load-key-ring';
import { TASK_QUEUES, type TaskQueueName } from '../contracts/task-queues';
import type { Settings } from '../config/settings';
import { sweepScratch } from '../activities/scratch';
import type { Orchestrator } from '../ports/orchestrator';
import { activityInterceptor } from './activity-interceptor';
import { checkStore } from './check-store';
import { createStore } from './dependencies';
import { composeQueue } from './queues';
import { workerVersioning, type WorkerVersion } from './worker-version';
import { WORKFLOW_BUNDLES } from './workflow-bundle';

export const WORKER_TIMING = {
  /** Activities get this long to notice their cancellation; what has not ended then resumes on another worker. */
  shutdownGrace: '2s',
  /** A dead worker's sticky queue would stall the next workflow task 10 s by default. */
  stickyTimeout: '1s',
  /** Heartbeats reach the server at least this often, so that resumed attempts have fresh details. */
  heartbeatThrottle: '1s',
} as const;

/**
 * Runs one worker for each queue until SIGINT or SIGTERM; `onReady` is called once all of them poll. With a version
 * the workers take part in a Worker Deployment (docs/how-to/upgrade-workers.md).
 */
export async function runWorkers(
  queues: readonly TaskQueueName[],
  settings: Settings,
  onReady: () => void,
  version?: WorkerVersion,
): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  await checkStore(settings, createStore(settings));
  await sweepScratch(settings.scratchDirectory);
  const { address, namespace, options } = settings.temporal;
  const dataConverter = workerDataConverter(await loadKeyRing(settings.temporal.codec));
  const conversion = dataConverter ? { dataConverter } : {};
  const connection = await NativeConnection.connect({ ...options, address });
  const client = new Client({ connection, namespace, ...conversion });
  const shared: SharedOptions = { connection, namespace, ...conversion, ...workerVersioning(version) };
  const orchestrator = createOrchestrator(client);
  try {
    const workers = await Promise.all(
      queues.map((queue) => Worker.create(workerOptions(queue, settings, shared, orchestrator))),
    );
    const running = Promise.all(workers.map((worker) => worker.run()));
    if (queues.includes(TASK_QUEUES.control)) await createIntakeClient(client).reconcile();
    onReady();
    await running;
  } finally {
    await connection.close();
  }
}

type SharedOptions = Pick<
  WorkerOptions,
  'connection' | 'namespace' | 'dataConverter' | 'workerDeploymentOptions'
>;

function createOrchestrator(client: Client): Orchestrator {
  return {
    offerBacklog: createIntakeClient(client).offerBacklog,
    askTurn: (of, asker) => askTurn(client, of, asker),
    runState: (workflowId) => readRunState(client, workflowId),
  };
}

/** DuckDB uses all cores for one statement; training too. More at once only adds memory. */
function slotsOf(queue: TaskQueueName, { slots }: Settings): number {
  return queue === TASK_QUEUES.train ? slots.train : slots.data;
}

function workerOptions(
  queue: TaskQueueName,
  settings: Settings,
  shared: SharedOptions,
  orchestrator: Orchestrator,
): WorkerOptions {
  const { activities, workflows } = composeQueue(queue, settings, orchestrator);
  return {
    ...shared,
    taskQueue: queue,
    activities: { ...activities },
    interceptors: { activity: [(context) => ({ inbound: activityInterceptor(context) })] },
    shutdownGraceTime: WORKER_TIMING.shutdownGrace,
    maxHeartbeatThrottleInterval: WORKER_TIMING.heartbeatThrottle,
    defaultHeartbeatThrottleInterval: WORKER_TIMING.heartbeatThrottle,
    ...(workflows
      ? {
          workflowBundle: { codePath: WORKFLOW_BUNDLES[shared.dataConverter ? 'encrypted' : 'plain'] },
          stickyQueueScheduleToStartTimeout: WORKER_TIMING.stickyTimeout,
        }
      : { maxConcurrentActivityTaskExecutions: slotsOf(queue, settings) }),
  };
}
