// What waits is tested on Temporal's time-skipping test server.
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createBackfillClient } from '../../src/client/backfill-client';
import { createIntakeClient } from '../../src/client/intake-client';
import { createRunClient } from '../../src/client/run-client';
import type { IngestInput } from '../../src/contracts/activities/stages';
import { backfillScene } from '../support/backfill-stand-ins';
import { answers, permanent, stageStandIns, type StandIns } from '../support/stage-stand-ins';
import { hasTimeSkippingServer, startTimeSkipping, type TimeSkipping } from '../support/time-skipping';

const withServer = hasTimeSkippingServer ? describe : describe.skip;

withServer('with time skipping', () => {
  let server: TimeSkipping;
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    server = await startTimeSkipping();
    environment = server.environment;
  });
  afterAll(() => server.stop());

  const play = ({ activities }: StandIns, work: () => Promise<void>): Promise<void> =>
    server.play(activities, work);

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

  test('a feed that never rests has its batch closed after twenty quiet times', async () => {
    let batched = 0;
    const standIns = stageStandIns({
      readIntakeSettings: () => settings(600),
      resolveBatch: ({ hints }: { hints: readonly unknown[] }) => batchOf((batched ||= hints.length)),
    });
    await play(standIns, async () => {
      const intake = createIntakeClient(environment.client);
      // A file every 9 minutes, always before the quiet time of 10 is over; 20 of these are 200 minutes.
      for (let minutes = 0; minutes <= 198; minutes += 9) {
        await intake.signalObjects('restless', [{ bucket: 'lake', key: `${minutes}`, versionId: '1' }]);
        await environment.sleep('9 minutes');
        expect(batched).toBe(0);
      }
      await intake.signalObjects('restless', [{ bucket: 'lake', key: 'last', versionId: '1' }]);
      await environment.sleep('1 minute');
      expect(batched).toBe(24);
    });
  });

  test('a training waits for its turn as long as it takes, asks now and then, and is not begun before', async () => {
    let asked = 0;
    let isFree = false;
    const standIns = stageStandIns({
      openRun: () =>
        Promise.resolve({ ...answers.OPENED, control: { ...answers.OPENED.control, maxTrainings: 1 } }),
      askTurn: () => Promise.resolve((asked += 1) && isFree ? 'now' : 'later'),
    });
    await play(standIns, async () => {
      const runs = createRunClient(environment.client);
      await runs.start('run/queued/1', { pipeline: 'queued' });
      await environment.sleep('2 hours');
      expect(standIns.calls).not.toContain('train');
      expect(asked).toBeGreaterThanOrEqual(23);
      expect(asked).toBeLessThanOrEqual(25);
      isFree = true;
      await environment.sleep('6 minutes');
      expect(standIns.calls.filter((name) => name === 'train')).toHaveLength(1);
      expect((await runs.find('run/queued/1'))?.status).toBe('completed');
    });
  });

  test('the pauses between the runs of a batch grow from half a minute to ten and no further', async () => {
    const startedMinutes: number[] = [];
    const standIns = stageStandIns({
      readIntakeSettings: () => settings(1),
      resolveBatch: ({ hints }: { hints: readonly unknown[] }) => batchOf(hints.length),
      openRun: async () => {
        startedMinutes.push((await environment.currentTimeMs()) / 60_000);
        return answers.OPENED;
      },
      // Nothing helps but time: each run makes its five attempts, which take 15 s in all.
      ingest: () => Promise.reject(new Error('store is down')),
    });
    await play(standIns, async () => {
      await createIntakeClient(environment.client).signalObjects('outage', [
        { bucket: 'lake', key: 'a', versionId: '1' },
      ]);
      await environment.sleep('90 minutes');
      const pauses = startedMinutes.slice(1).map((minute, index) => minute - (startedMinutes[index] ?? 0));
      expect(pauses.length).toBeGreaterThan(8);
      for (const [index, pause] of pauses.entries()) {
        const waited = Math.min(0.5 * 2 ** index, 10);
        expect(pause).toBeGreaterThan(waited);
        expect(pause).toBeLessThan(waited + 1);
      }
    });
  });
});
