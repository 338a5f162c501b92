// Temporal's time-skipping test server (Java). `millrace doctor` says how to get it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { cacheDirectory } from '../../src/dev/toolchain';
import { VERSIONS } from '../../src/dev/versions';
import { activityInterceptor } from '../../src/workers/activity-interceptor';
import type { Activities } from './workflow-harness';

const SERVER = path.join(
  cacheDirectory(process.env),
  'bin',
  `temporal-test-server-${VERSIONS.temporalTestServer}`,
);
/** `temporal.api.enums.v1.IndexedValueType` */
const KEYWORD = 2;

/** Without it these tests are skipped and counted as skipped. */
export const hasTimeSkippingServer = existsSync(SERVER);

export interface TimeSkipping {
  readonly environment: TestWorkflowEnvironment;
  /** Runs `work` while workers with these activities poll all queues. */
  readonly play: (activities: Activities, work: () => Promise<void>) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startTimeSkipping(): Promise<TimeSkipping> {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const environment = await createEnvironment();
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map(({ name }) => [name, KEYWORD])),
  });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../../src/workflows'),
    logger,
  });
  return {
    environment,
    play: async (activities, work) => {
      const workers = await Promise.all(
        Object.values(TASK_QUEUES).map((taskQueue) =>
          Worker.create({
            connection: environment.nativeConnection,
            taskQueue,
            activities: { ...activities },
            interceptors: { activity: [(context) => ({ inbound: activityInterceptor(context) })] },
            ...(taskQueue === TASK_QUEUES.control ? { workflowBundle } : {}),
          }),
        ),
      );
      const running = Promise.all(workers.map((worker) => worker.run()));
      try {
        await work();
      } finally {
        for (const worker of workers) worker.shutdown();
        await running;
      }
    },
    stop: () => environment.teardown(),
  };
}

/** The SDK gives the server five seconds to start, which is little for a JVM on a busy machine. */
async function createEnvironment(tries = 10): Promise<TestWorkflowEnvironment> {
  process.env['JDK_JAVA_OPTIONS'] = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: SERVER } },
    });
  } catch (error) {
    if (tries <= 1) throw error;
    return createEnvironment(tries - 1);
  }
}
