import { startTestStack, type TestStack } from '../support/millrace';
import { applyTrips, fingerprint, uploadTrips, waitForTrips } from '../support/trips';

const SLOW = 'slow-net';
/** About 70 KB: at 8 KB a second its reading alone takes longer than the heartbeat timeout. */
const FEED = { fromDay: 0, days: 33, tripsPerDay: 48, badEvery: 40 };

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ faults: `slow:*:*${SLOW}*` });
}, 240_000);
afterAll(() => stack.stop());

async function play(pipeline: string) {
  await applyTrips(stack, pipeline);
  await uploadTrips(stack, pipeline, 'trips.csv', FEED);
  const runs = await waitForTrips(stack, pipeline);
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ status: 'completed', summary: { verdict: 'promoted' } });
  const attempts = await (await stack.session.runs()).attempts(runs[0]!);
  return { published: await fingerprint(stack, pipeline), attempts, run: runs[0]! };
}

test('a slow network delays a run and no more: heartbeats keep its activities alive, and the same is published', async () => {
  const fast = await play('fast-net');
  const slow = await play(SLOW);
  expect(slow.published).toEqual(fast.published);
  // On a busy machine a heartbeat may be late once; without heartbeats every attempt would be given up.
  expect(Math.max(...slow.attempts.values())).toBeLessThanOrEqual(2);
  const stages = slow.run.summary?.stages ?? [];
  // Beyond the heartbeat timeout: what was slow was really slow.
  expect(Math.max(...stages.map(({ seconds = 0 }) => seconds))).toBeGreaterThan(5);
}, 480_000);
