// Real server, real sandbox bundle, real workers; only the activities are stand-ins that record their calls.
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { activityInterceptor } from '../../src/workers/activity-interceptor';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { startTemporal } from './local-servers';

export type Activities = Readonly<Record<string, (input: never) => Promise<unknown>>>;

export interface WorkflowHarness {
  readonly client: Client;
  readonly address: string;
  /** Runs `work` while workers with these activities poll all queues. */
  readonly withWorkers: <T>(
    activities: Activities,
    work: () => Promise<T>,
    options?: { readonly cached?: boolean },
  ) => Promise<T>;
  readonly stop: () => Promise<void>;
}

export async function startWorkflowHarness(): Promise<WorkflowHarness> {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const server = await startTemporal();
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../../src/workflows'),
    logger,
  });
  const connection = await Connection.connect({ address: server.address });
  const native = await NativeConnection.connect({ address: server.address });

  return {
    client: new Client({ connection }),
    address: server.address,
    withWorkers: async (activities, work, { cached = true } = {}) => {
      const workers = await Promise.all(
        Object.values(TASK_QUEUES).map((taskQueue) =>
          Worker.create({
            connection: native,
            taskQueue,
            activities: { ...activities },
            interceptors: { activity: [(context) => ({ inbound: activityInterceptor(context) })] },
            stickyQueueScheduleToStartTimeout: '1s',
            ...(taskQueue === TASK_QUEUES.control ? { workflowBundle } : {}),
            ...(cached ? {} : { maxCachedWorkflows: 0 }),
          }),
        ),
      );
      const running = Promise.all(workers.map((worker) => worker.run()));
      try {
        return await work();
      } finally {
        for (const worker of workers) worker.shutdown();
        await running;
      }
    },
    stop: async () => {
      await connection.close();
      await native.close();
      await server.stop();
    },
  };
}
