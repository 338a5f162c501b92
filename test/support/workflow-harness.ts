// Real server, real sandbox bundle, real workers; only the activities are stand-ins that record their calls.
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { activityInterceptor } from '../../src/workers/activity-interceptor';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { workerVersioning, type WorkerVersion } from '../../src/workers/worker-version';
import { startTemporal } from './local-servers';

export type Activities = Readonly<Record<string, (input: never) => Promise<unknown>>>;

export interface WorkflowHarness {
  readonly client: Client;
  readonly address: string;
  /** Runs `work` while workers with these activities poll all queues. */
  readonly withWorkers: <T>(
    activities: Activities,
    work: () => Promise<T>,
    options?: {
      readonly cached?: boolean;
      readonly version?: WorkerVersion;
      /** Activities at a time on each queue but the control queue. */
      readonly slots?: number;
    },
  ) => Promise<T>;
  readonly stop: () => Promise<void>;
}

/** @param dataConverter how clients and workers write payloads and failures; absent = as the SDK does. */
export async function startWorkflowHarness(
  dataConverter?: DataConverter,
  options: { readonly dynamicConfig?: readonly string[] } = {},
): Promise<WorkflowHarness> {
  const conversion = dataConverter ? { dataConverter } : {};
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const server = await startTemporal(options);
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../../src/workflows'),
    logger,
    ...(dataConverter?.failureConverterPath
      ? { failureConverterPath: dataConverter.failureConverterPath }
      : {}),
  });
  const connection = await Connection.connect({ address: server.address });
  const native = await NativeConnection.connect({ address: server.address });

  return {
    client: new Client({ connection, ...conversion }),
    address: server.address,
    withWorkers: async (activities, work, { cached = true, version, slots } = {}) => {
      const workers = await Promise.all(
        Object.values(TASK_QUEUES).map((taskQueue) =>
          Worker.create({
            connection: native,
            taskQueue,
            activities: { ...activities },
            interceptors: { activity: [(context) => ({ inbound: activityInterceptor(context) })] },
            ...conversion,
            ...workerVersioning(version),
            stickyQueueScheduleToStartTimeout: '1s',
            ...(taskQueue === TASK_QUEUES.control ? { workflowBundle } : {}),
            ...(slots !== undefined && taskQueue !== TASK_QUEUES.control
              ? { maxConcurrentActivityTaskExecutions: slots }
              : {}),
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
