import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { TaskQueueName } from '../contracts/task-queues';
import type { Settings } from '../config/settings';
import { sweepScratch } from '../activities/scratch';
import { activityInterceptor } from './activity-interceptor';
import { checkStore } from './check-store';
import { createStore } from './dependencies';
import { composeQueue } from './queues';
import { WORKFLOW_BUNDLE_PATH } from './workflow-bundle';

/** Activities get this long to notice their cancellation; what has not ended then resumes on another worker. */
const SHUTDOWN_GRACE = '5s';
/** A dead worker's sticky queue would stall the next workflow task 10 s by default. */
const STICKY_TIMEOUT = '1s';
/** Heartbeats reach the server at least this often, so that resumed attempts have fresh details. */
const HEARTBEAT_THROTTLE = '1s';
/** DuckDB uses all cores for one statement; training too. More at once only adds memory. */
const BULK_ACTIVITIES = 2;

/** Runs one worker for each queue until SIGINT or SIGTERM; `onReady` is called once all of them poll. */
export async function runWorkers(
  queues: readonly TaskQueueName[],
  settings: Settings,
  onReady: () => void,
): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  await checkStore(settings, createStore(settings));
  await sweepScratch(settings.scratchDirectory);
  const connection = await NativeConnection.connect({ address: settings.temporal.address });
  try {
    const workers = await Promise.all(
      queues.map((queue) => Worker.create(workerOptions(queue, settings, connection))),
    );
    const running = Promise.all(workers.map((worker) => worker.run()));
    onReady();
    await running;
  } finally {
    await connection.close();
  }
}

function workerOptions(
  queue: TaskQueueName,
  settings: Settings,
  connection: NativeConnection,
): WorkerOptions {
  const { activities, workflows } = composeQueue(queue, settings);
  return {
    connection,
    namespace: settings.temporal.namespace,
    taskQueue: queue,
    activities: { ...activities },
    interceptors: { activity: [(context) => ({ inbound: activityInterceptor(context) })] },
    shutdownGraceTime: SHUTDOWN_GRACE,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    ...(workflows
      ? {
          workflowBundle: { codePath: WORKFLOW_BUNDLE_PATH },
          stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
        }
      : { maxConcurrentActivityTaskExecutions: BULK_ACTIVITIES }),
  };
}
