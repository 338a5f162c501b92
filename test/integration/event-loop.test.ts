// What the processes themselves say about their event loops, after a large batch and many predictions. The machine's load
// is not in these numbers (src/workers/event-loop-watch.ts).
import { readFile, rm } from 'node:fs/promises';
import { readStackStatus } from '../../src/dev/stack-status';
import { mapConcurrent } from '../../src/lake/map-concurrent';
import { EVENT_LOOP_LIMIT_MS } from '../../src/workers/event-loop-watch';
import { startTestStack } from '../support/millrace';
import { applyTrips, uploadTrips, waitForTrips } from '../support/trips';

const PIPELINE = 'large';
const FEED = { fromDay: 0, days: 60, tripsPerDay: 1_700 };
const REQUESTS = 300;
const LANES = 8;
const INSTANCES = 50;

let longestMs: ReadonlyMap<string, number>;

beforeAll(async () => {
  const stack = await startTestStack();
  await applyTrips(stack, PIPELINE);
  await uploadTrips(stack, PIPELINE, 'trips.csv', FEED);
  const [run] = await waitForTrips(stack, PIPELINE);
  expect(run).toMatchObject({ status: 'completed', summary: { verdict: 'promoted', rows: 102_000 } });
  const url = new URL(`/predict/${PIPELINE}`, stack.session.settings.serving.url);
  await mapConcurrent(Array.from({ length: REQUESTS }), LANES, () => predict(url));
  const logs = readStackStatus(stack.state).processes.map(({ name, log }) => ({ name, log }));
  await stack.stop('keep');
  longestMs = new Map(
    await Promise.all(logs.map(async ({ name, log }) => [name, await longestIn(log)] as const)),
  );
  await rm(stack.directory, { recursive: true });
}, 600_000);

async function predict(url: URL): Promise<void> {
  const instances = Array.from({ length: INSTANCES }, (_, id) => ({
    id,
    zone: 'north',
    km: 3,
    started: '2024-01-20T17:00:00Z',
  }));
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ instances }) });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
}

/** NaN when the process did not say. */
async function longestIn(log: string): Promise<number> {
  const text = await readFile(log, 'utf8');
  return Number(/longest standstill of the event loop: (\d+) ms/.exec(text)?.[1] ?? NaN);
}

test.each(['worker', 'data-worker', 'train-worker', 'receiver', 'serving'])(
  'nothing keeps the event loop of %s longer than 200 ms',
  (name) => {
    expect(longestMs.get(name)).toBeLessThanOrEqual(EVENT_LOOP_LIMIT_MS);
  },
);
