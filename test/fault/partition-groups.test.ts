// Two data workers share the groups of a large batch; one of them is killed in the middle.
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { TransformPartitionsResult } from '../../src/contracts/activities/stages';
import { connectClient } from '../../src/client/connect';
import { parseS3Uri } from '../../src/domain/s3-uri';
import { readDocument } from '../../src/lake/documents';
import { stageWorkflow } from '../support/faults/attempts';
import { startSecondWorker } from '../support/faults/second-worker';
import { startTestStack, type TestStack } from '../support/millrace';
import { landTrips, promoted } from '../support/trips';

const ACTIVITY = 'transformPartitions';
/** Four groups of four weeks and one of less: all slots of both workers are busy. */
const SETTINGS = { MILLRACE_TRANSFORM_SPLIT_BYTES: '90000', MILLRACE_TRANSFORM_PARALLEL: '4' };
const TRIPS = { key: ['started', 'id'], feed: { fromDay: 0, days: 120, tripsPerDay: 48, badEvery: 40 } };
/** Half a second for each file, four at a time: groups take some four seconds. */
const SLOW = 'slow:createIfAbsent:tables/*/clean/year=*';
/** Saved periods, so that some are finished and some are not. */
const ENOUGH = 3;
const GIVE_UP_MS = 60_000;

let stack: TestStack;
let second: ChildProcess;
let temporal: Awaited<ReturnType<typeof connectClient>>;

beforeAll(async () => {
  stack = await startTestStack({ faults: SLOW, variables: SETTINGS });
  second = await startSecondWorker(stack, 'millrace-data', { ...SETTINGS, MILLRACE_FAULTS: SLOW });
  temporal = await connectClient(stack.session.settings.temporal);
}, 240_000);
afterAll(async () => {
  second.kill('SIGKILL');
  await temporal.close();
  await stack.stop();
});

test('SIGKILL of one of two data workers: the other resumes its groups at the next partition and writes no finished one again', async () => {
  await landTrips(stack, 'both', TRIPS);
  const undisturbed = await promoted(stack, 'both');
  const calm = await results(await stageWorkflow(stack, 'both', 'transform'));
  expect(calm.length).toBeGreaterThan(6);
  expect(calm.every(({ attempt, resumed }) => attempt === 1 && resumed === 0)).toBe(true);
  expect(new Set(calm.map(({ worker }) => worker)).size).toBe(2);

  await landTrips(stack, 'one', TRIPS);
  const workflowId = await stageWorkflow(stack, 'one', 'transform');
  const saved = await savedBy(workflowId, second.pid ?? 0);
  second.kill('SIGKILL');

  expect(await promoted(stack, 'one')).toEqual(undisturbed);
  const retried = (await results(workflowId)).filter(({ attempt }) => attempt > 1);
  expect(retried.length).toBeGreaterThan(0);
  expect(Math.max(...retried.map(({ resumed }) => resumed))).toBeGreaterThanOrEqual(saved.length);
  const puts = await putsOf('tables/one/clean/year=');
  for (const file of saved) expect({ file, puts: puts.get(file) }).toEqual({ file, puts: 1 });
}, 400_000);

/** Waits until a worker has said of a group that some of its periods are finished; keys of their files. */
async function savedBy(workflowId: string, pid: number): Promise<readonly string[]> {
  const deadline = performance.now() + GIVE_UP_MS;
  for (;;) {
    for (const resume of await resumePoints(temporal.client, workflowId, pid)) {
      const { value } = await readDocument<{ readonly periods: readonly { file: { path: string } }[] }>(
        stack.session.store,
        parseS3Uri(resume),
      );
      if (value.periods.length >= ENOUGH)
        return value.periods.map(({ file }) => `tables/one/clean/${file.path}`);
    }
    if (performance.now() > deadline) throw new Error('No group was seen half done');
    await sleep(50);
  }
}

async function resumePoints(client: Client, workflowId: string, pid: number): Promise<readonly string[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? [])
    .filter(
      ({ activityType, lastWorkerIdentity }) =>
        activityType?.name === ACTIVITY && lastWorkerIdentity?.startsWith(`${pid}@`),
    )
    .flatMap(({ heartbeatDetails }) => {
      const data = heartbeatDetails?.payloads?.[0]?.data;
      const { resume } = JSON.parse(data ? Buffer.from(data).toString('utf8') : '{}') as { resume?: string };
      return resume ?? [];
    });
}

interface GroupResult extends TransformPartitionsResult {
  readonly attempt: number;
  readonly worker: string;
}

/** How each group was done, as the history has it. */
async function results(workflowId: string): Promise<readonly GroupResult[]> {
  const { events = [] } = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
  const byId = new Map((events ?? []).map((event) => [String(event.eventId), event]));
  return (events ?? []).flatMap(({ activityTaskCompletedEventAttributes: completed }) => {
    const scheduled = byId.get(String(completed?.scheduledEventId))?.activityTaskScheduledEventAttributes;
    const began = byId.get(String(completed?.startedEventId))?.activityTaskStartedEventAttributes;
    const data = completed?.result?.payloads?.[0]?.data;
    if (scheduled?.activityType?.name !== ACTIVITY || !data) return [];
    const result = JSON.parse(Buffer.from(data).toString('utf8')) as TransformPartitionsResult;
    return [{ ...result, attempt: began?.attempt ?? 1, worker: began?.identity ?? '' }];
  });
}

/** How often each object under a prefix was put, by the store's own log. */
async function putsOf(prefix: string): Promise<ReadonlyMap<string, number>> {
  const log = await readFile(path.join(stack.state, 'object-store', 'access.log'), 'utf8');
  const puts = new Map<string, number>();
  for (const line of log.split('\n').filter((each) => each.includes('s3_PutObject'))) {
    const at = line.indexOf(prefix);
    if (at < 0) continue;
    const [key = ''] = line.slice(at).split(/[\s"?]/);
    puts.set(key, (puts.get(key) ?? 0) + 1);
  }
  return puts;
}
