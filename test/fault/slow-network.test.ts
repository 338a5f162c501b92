import { startTestStack, type TestStack } from '../support/millrace';
import { fingerprint, landTrips, promotedRun } from '../support/trips';

const SLOW = 'slow-net';
/** About 70 KB: at 8 KB a second its reading alone takes longer than the heartbeat timeout. */
const FEED = { fromDay: 0, days: 33, tripsPerDay: 48, badEvery: 40 };

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ faults: `slow:*:*${SLOW}*` });
}, 240_000);
afterAll(() => stack.stop());

async function play(pipeline: string) {
  await landTrips(stack, pipeline, { feed: FEED });
  const run = await promotedRun(stack, pipeline);
  const attempts = await (await stack.session.runs()).attempts(run);
  return { published: await fingerprint(stack, pipeline), attempts, run };
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
