// What waits is tested on Temporal's time-skipping test server (Java). Without it these tests are skipped and counted
// as skipped; `millrace doctor` says how to get it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { createBackfillClient } from '../../src/client/backfill-client';
import { createIntakeClient } from '../../src/client/intake-client';
import { createRunClient } from '../../src/client/run-client';
import type { IngestInput } from '../../src/contracts/activities/stages';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { cacheDirectory } from '../../src/dev/toolchain';
import { VERSIONS } from '../../src/dev/versions';
import { activityInterceptor } from '../../src/workers/activity-interceptor';
import { backfillScene } from '../support/backfill-stand-ins';
import { answers, permanent, stageStandIns, type StandIns } from '../support/stage-stand-ins';

const SERVER = path.join(
  cacheDirectory(process.env),
  'bin',
  `temporal-test-server-${VERSIONS.temporalTestServer}`,
);
/** `temporal.api.enums.v1.IndexedValueType` */
const KEYWORD = 2;

const withServer = existsSync(SERVER) ? describe : describe.skip;

withServer('with time skipping', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    environment = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: SERVER } },
    });
    await environment.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: Object.fromEntries(
        Object.values(SEARCH_ATTRIBUTES).map(({ name }) => [name, KEYWORD]),
      ),
    });
  });
  afterAll(() => environment.teardown());

  async function play({ activities }: StandIns, work: () => Promise<void>): Promise<void> {
    const workers = await Promise.all(
      Object.values(TASK_QUEUES).map((taskQueue) =>
        Worker.create({
          connection: environment.nativeConnection,
          taskQueue,
          activities: { ...activities },
          interceptors: { activity: [(context) => ({ inbound: activityInterceptor(context) })] },
          ...(taskQueue === TASK_QUEUES.control
            ? { workflowsPath: require.resolve('../../src/workflows') }
            : {}),
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
  }

  const settings = (quietSeconds: number): Promise<unknown> =>
    Promise.resolve({ planDigest: 'p', batch: { maxObjects: 100, maxBytes: 1e9, quietSeconds } });
  const batchOf = (hints: number): Promise<unknown> =>
    Promise.resolve({
      batch: { digest: 'b'.repeat(64), uri: 's3://lake/b.json', objects: hints, bytes: 1 },
      skipped: 0,
      later: [],
      blocked: [],
    });

  test('a batch stays open for its quiet time, be it an hour', async () => {
    let batched = 0;
    const standIns = stageStandIns({
      readIntakeSettings: () => settings(3600),
      resolveBatch: ({ hints }: { hints: readonly unknown[] }) => batchOf((batched = hints.length)),
    });
    await play(standIns, async () => {
      const intake = createIntakeClient(environment.client);
      const startedMs = await environment.currentTimeMs();
      await intake.signalObjects('patient', [{ bucket: 'lake', key: 'a', versionId: '1' }]);
      await environment.sleep('50 minutes');
      await intake.signalObjects('patient', [{ bucket: 'lake', key: 'b', versionId: '1' }]);
      await environment.sleep('55 minutes');
      expect(batched).toBe(0);
      await environment.sleep('10 minutes');
      expect(batched).toBe(2);
      expect((await environment.currentTimeMs()) - startedMs).toBeGreaterThanOrEqual(115 * 60_000);
    });
  });

  test('an intake without a plan looks again by itself after a minute', async () => {
    let looks = 0;
    const standIns = stageStandIns({
      readIntakeSettings: () =>
        (looks += 1) < 3 ? permanent('NotFound', 'No such pipeline')() : settings(1),
      resolveBatch: ({ hints }: { hints: readonly unknown[] }) => batchOf(hints.length),
    });
    await play(standIns, async () => {
      await createIntakeClient(environment.client).signalObjects('late', [
        { bucket: 'lake', key: 'a', versionId: '1' },
      ]);
      await environment.sleep('5 minutes');
      expect(looks).toBeGreaterThanOrEqual(3);
      expect((await createRunClient(environment.client).intake('late'))?.totals.runs).toBe(1);
    });
  });

  test('a batch whose run failed for technical reasons is run again until it works; nobody has to do anything', async () => {
    let tries = 0;
    const standIns = stageStandIns({
      readIntakeSettings: () => settings(1),
      resolveBatch: ({ hints }: { hints: readonly unknown[] }) => batchOf(hints.length),
      // Two whole runs of five attempts fail, the third one works: an outage of about a minute and a half.
      ingest: () =>
        (tries += 1) <= 10 ? Promise.reject(new Error('store is down')) : Promise.resolve(answers.INGESTED),
    });
    await play(standIns, async () => {
      await createIntakeClient(environment.client).signalObjects('stubborn', [
        { bucket: 'lake', key: 'a', versionId: '1' },
      ]);
      await environment.sleep('30 minutes');
      const progress = await createRunClient(environment.client).intake('stubborn');
      expect(tries).toBe(11);
      expect(progress).toMatchObject({ state: 'idle', totals: { runs: 1, failedRuns: 0 } });
    });
  });

  test('a batch of a backfill is tried again through an outage, and a pause of days costs nothing', async () => {
    let tries = 0;
    const scene = backfillScene([[{ name: 'a' }, { name: 'b' }]], {
      overrides: {
        // Of batch a two whole runs of five attempts fail.
        ingest: ({ run }: IngestInput) =>
          run.batchDigest.startsWith('a') && (tries += 1) <= 10
            ? Promise.reject(new Error('store is down'))
            : Promise.resolve(answers.INGESTED),
      },
    });
    await play(scene, async () => {
      const backfills = createBackfillClient(environment.client);
      await backfills.start({ pipeline: 'patient', from: '2013-01-01', to: '2013-01-31', concurrency: 1 });
      await environment.sleep('30 seconds');
      await backfills.pause('patient', { by: 'ada' });
      await environment.sleep('3 days');
      expect(scene.merges).toEqual([]);
      expect((await backfills.find('patient'))?.progress).toMatchObject({ state: 'paused', running: [] });
      await backfills.resume('patient');
      await environment.sleep('30 minutes');
      expect(scene.merges.slice(0, 4)).toEqual(['+a', '-a', '+b', '-b']);
      expect((await backfills.find('patient'))?.progress).toMatchObject({
        state: 'done',
        counts: { merged: 2, failed: 0 },
      });
    });
  });
});
