// A server that asks for continue-as-new after a few dozen events instead of thousands.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createIntakeClient } from '../../src/client/intake-client';
import { createRunClient } from '../../src/client/run-client';
import { readRunState } from '../../src/client/run-state';
import type { ResolveBatchInput, ResolveBacklogInput } from '../../src/contracts/activities/intake';
import type { DatasetIntakeInput } from '../../src/contracts/messages';
import { workflowIds } from '../../src/contracts/workflow-names';
import type { ObjectHint } from '../../src/domain/intake';
import { answers, stageStandIns } from '../support/stage-stand-ins';
import { startWorkflowHarness, type Activities, type WorkflowHarness } from '../support/workflow-harness';

const SUGGESTED_EVENTS = 60;

let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await startWorkflowHarness(undefined, {
    dynamicConfig: [`limit.historyCount.suggestContinueAsNew=${SUGGESTED_EVENTS}`],
  });
});
afterAll(() => harness.stop());

const hint = (key: string): ObjectHint => ({ bucket: 'lake', key, versionId: '1' });

/** An intake whose activities know, as the lake does, what landed and what was processed. */
function lakeStandIns(runMs: number): {
  readonly activities: Activities;
  readonly land: (keys: readonly string[]) => void;
  /** Keys in the order in which they were put into batches. */
  readonly processed: string[];
} {
  const landed = new Set<string>();
  const processed: string[] = [];
  const backlogs: (readonly string[])[] = [];
  const keep = (keys: readonly string[]): string => String(backlogs.push(keys) - 1);
  const batchOf = (keys: readonly string[]): object => {
    const fresh = keys.filter((key) => landed.has(key) && !processed.includes(key));
    processed.push(...fresh);
    const digest = createHash('sha256').update(fresh.join()).digest('hex');
    return {
      ...(fresh.length > 0
        ? { batch: { digest, uri: 's3://lake/b.json', objects: fresh.length, bytes: 1 } }
        : {}),
      skipped: keys.length - fresh.length,
    };
  };
  const { activities } = stageStandIns({
    readIntakeSettings: () =>
      Promise.resolve({ planDigest: 'p', batch: { maxObjects: 500, maxBytes: 1e9, quietSeconds: 0.1 } }),
    resolveBatch: ({ hints }: ResolveBatchInput) =>
      Promise.resolve({ ...batchOf(hints.map(({ key }) => key)), later: [], blocked: [] }),
    surveyLandingZone: () => {
      const open = [...landed].filter((key) => !processed.includes(key));
      return Promise.resolve({
        landed: landed.size,
        more: false,
        ...(open.length > 0 ? { backlog: { uri: keep(open), objects: open.length } } : {}),
      });
    },
    resolveBacklog: ({ backlog }: ResolveBacklogInput) =>
      Promise.resolve(batchOf(backlogs[Number(backlog.uri)] ?? [])),
    describeRun: ({ workflowId }: { readonly workflowId: string }) =>
      readRunState(harness.client, workflowId),
    ingest: async () => {
      await sleep(runMs);
      return answers.INGESTED;
    },
  });
  return {
    activities,
    processed,
    land: (keys) => {
      for (const key of keys) landed.add(key);
    },
  };
}

async function untilIdle(pipeline: string, runs: number): Promise<void> {
  const client = createRunClient(harness.client);
  for (let tries = 0; tries < 300; tries += 1) {
    const progress = await client.intake(pipeline);
    if (progress?.state === 'idle' && progress.pending === 0 && progress.totals.runs >= runs) return;
    await sleep(100);
  }
  throw new Error(`Intake did not come to rest: ${JSON.stringify(await client.intake(pipeline))}`);
}

/** Events of each execution of the entity, oldest first, and what each was started with. */
async function executions(
  pipeline: string,
): Promise<readonly { readonly events: number; readonly input: DatasetIntakeInput }[]> {
  const found = [];
  for await (const { runId, startTime } of harness.client.workflow.list({
    query: `WorkflowId = '${workflowIds.intake(pipeline)}'`,
  })) {
    const handle = harness.client.workflow.getHandle(workflowIds.intake(pipeline), runId);
    const { events } = await handle.fetchHistory();
    const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    const input = JSON.parse(Buffer.from(payload ?? []).toString('utf8')) as DatasetIntakeInput;
    found.push({ startTime, events: events?.length ?? 0, input });
  }
  return found.sort((left, right) => left.startTime.getTime() - right.startTime.getTime());
}

test('a flood during a long run: the entity continues as new while the run goes on, nothing is lost or run twice', async () => {
  const lake = lakeStandIns(4_000);
  await harness.withWorkers(lake.activities, async () => {
    const intake = createIntakeClient(harness.client);
    const keys = Array.from(
      { length: 200 },
      (_, index) => `raw/flood/a-rather-long-name-of-a-file-${index}.csv`,
    );
    lake.land(['first', ...keys]);
    await intake.signalObjects('flood', [hint('first')]);
    while (lake.processed.length === 0) await sleep(50);
    for (const key of keys) await intake.signalObjects('flood', [hint(key), hint('first')]);
    await untilIdle('flood', 2);
    expect([...lake.processed].sort()).toEqual(['first', ...keys].sort());
    const runs = await createRunClient(harness.client).list('flood');
    expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'completed'));
    expect(runs).toHaveLength((await createRunClient(harness.client).intake('flood'))?.totals.runs ?? 0);
  });
  const all = await executions('flood');
  const during = all.filter(({ input }) => input.carried?.current !== undefined);
  expect(during.length).toBeGreaterThan(0);
  expect(all.some(({ input }) => input.carried?.behind === true)).toBe(true);
  for (const { events, input } of all) {
    expect(events).toBeLessThan(SUGGESTED_EVENTS * 6);
    expect(Buffer.byteLength(JSON.stringify(input))).toBeLessThan(8 * 1024);
  }
}, 120_000);

test('a pause and a re-run that waits outlive continue-as-new', async () => {
  const lake = lakeStandIns(10);
  await harness.withWorkers(lake.activities, async () => {
    const intake = createIntakeClient(harness.client);
    await intake.pause('quiet', { by: 'ada' });
    const keys = Array.from({ length: 80 }, (_, index) => `raw/quiet/${index}.csv`);
    lake.land(keys);
    for (const key of keys) await intake.signalObjects('quiet', [hint(key)]);
    for (let tries = 0; tries < 100 && (await executions('quiet')).length < 2; tries += 1) await sleep(100);
    expect((await executions('quiet')).length).toBeGreaterThan(1);
    expect(await createRunClient(harness.client).intake('quiet')).toMatchObject({
      state: 'paused',
      pauseNote: { by: 'ada' },
      totals: { events: 80, runs: 0 },
    });
    expect(lake.processed).toEqual([]);
    await intake.resume('quiet');
    await untilIdle('quiet', 1);
    expect([...lake.processed].sort()).toEqual([...keys].sort());
  });
}, 60_000);
