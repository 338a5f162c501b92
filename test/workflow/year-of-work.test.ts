// A year of a busy pipeline on the time-skipping server: a file every hour in four messages a day, a batch a day.
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { createHash } from 'node:crypto';
import { createIntakeClient } from '../../src/client/intake-client';
import { createRunClient } from '../../src/client/run-client';
import type { ResolveBatchInput } from '../../src/contracts/activities/intake';
import { workflowIds } from '../../src/contracts/workflow-names';
import { answers, stageStandIns } from '../support/stage-stand-ins';
import { HISTORY_LIMITS } from '../support/storm/histories';
import { hasTimeSkippingServer, startTimeSkipping, type TimeSkipping } from '../support/time-skipping';

const DAYS = 365;
const MESSAGES_A_DAY = 4;
const FILES_IN_MESSAGE = 6;
const FILES_A_DAY = MESSAGES_A_DAY * FILES_IN_MESSAGE;
const HOURS_BETWEEN = 24 / MESSAGES_A_DAY;
/** Every so many runs go through all stages; the others find that everything is processed. */
const WHOLE_RUN_EVERY = 7;
const BATCH = { maxObjects: FILES_A_DAY, maxBytes: 1e9, quietSeconds: 8 * 3_600 };

interface Size {
  readonly events: number;
  readonly bytes: number;
}

/** Every execution of a workflow id, newest first, back to the one that began the chain. */
async function sizes(client: Client, workflowId: string): Promise<readonly Size[]> {
  const found: Size[] = [];
  for (let runId: string | undefined, more = true; more;) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const bytes = temporal.api.history.v1.History.encode(history).finish().length;
    found.push({ events: history.events?.length ?? 0, bytes });
    runId =
      history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
    more = runId !== undefined && runId !== '';
  }
  return found;
}

(hasTimeSkippingServer ? describe : describe.skip)('a year of a busy pipeline', () => {
  let server: TimeSkipping;
  beforeAll(async () => {
    server = await startTimeSkipping();
  });
  afterAll(() => server.stop());

  test('stays under a tenth of the history limits, in every workflow', async () => {
    const { client } = server.environment;
    const intake = createIntakeClient(client);
    const runs: string[] = [];
    let files = 0;
    const { activities } = stageStandIns({
      readIntakeSettings: () => Promise.resolve({ planDigest: 'p'.repeat(64), batch: BATCH }),
      resolveBatch: ({ hints, extend }: ResolveBatchInput) => {
        files += hints.length;
        const digest = createHash('sha256')
          .update(`${extend}${JSON.stringify(hints)}`)
          .digest('hex');
        const batch = { digest, uri: `s3://lake/runs/busy/batches/${digest}.json`, objects: hints.length };
        return Promise.resolve({ batch: { ...batch, bytes: 1e6 }, skipped: 0, later: [], blocked: [] });
      },
      openRun: ({ batch }: { readonly batch: { readonly digest: string } }) => {
        runs.push(batch.digest);
        const { control, ...opened } = answers.OPENED;
        const whole = runs.length % WHOLE_RUN_EVERY === 1;
        return Promise.resolve(
          whole
            ? { ...opened, control, batch: { ...opened.batch, digest: batch.digest } }
            : { planDigest: opened.planDigest, planUri: opened.planUri, control },
        );
      },
    });
    await server.play(activities, async () => {
      for (let message = 0; message < DAYS * MESSAGES_A_DAY; message += 1) {
        const hints = Array.from({ length: FILES_IN_MESSAGE }, (_, file) => ({
          bucket: 'lake',
          key: `raw/busy/year=2024/a-file-with-a-rather-long-name-${message}-${file}.csv`,
          versionId: `${message}-${file}`,
        }));
        await intake.signalObjects('busy', hints);
        await server.environment.sleep(HOURS_BETWEEN * 3_600_000);
        if (message % (30 * MESSAGES_A_DAY) === 0) await intake.reconcile('busy');
      }
      await server.environment.sleep('10 hours');
      const progress = await createRunClient(client).intake('busy');
      expect(progress).toMatchObject({ pending: 0, totals: { failedRuns: 0 } });
      expect(progress?.totals.runs).toBeGreaterThanOrEqual(DAYS - 1);
      expect(files).toBe(DAYS * FILES_A_DAY);
    });

    const ofIntake = await sizes(client, workflowIds.intake('busy'));
    expect(ofIntake.length).toBeGreaterThan(2);
    const wholeRuns = runs.filter((_, index) => index % WHOLE_RUN_EVERY === 0).slice(-3);
    const others = [
      workflowIds.reconcile('busy'),
      ...wholeRuns.map((digest) => workflowIds.run('busy', digest)),
    ];
    const ofOthers: Size[] = [];
    for (const workflowId of others) ofOthers.push(...(await sizes(client, workflowId)));
    const all = [...ofIntake, ...ofOthers];
    expect(Math.max(...all.map(({ events }) => events))).toBeLessThan(HISTORY_LIMITS.events);
    expect(Math.max(...all.map(({ bytes }) => bytes))).toBeLessThan(HISTORY_LIMITS.bytes);
    // The first of the whole runs' stages is there: nothing empty was measured.
    expect(Math.min(...ofOthers.slice(1).map(({ events }) => events))).toBeGreaterThan(50);
  }, 600_000);
});
