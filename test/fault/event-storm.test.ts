// Repeated events in random order, and the receiver killed in the middle: nothing lost, nothing twice.
// `npm run storm` does the same at full size.
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForIdle } from '../../src/cli/commands/wait';
import { mapConcurrent } from '../../src/lake/map-concurrent';
import { requireTableVersion } from '../../src/lake/table-files';
import { startTestStack, type TestStack } from '../support/millrace';
import { createRandom } from '../support/seeded-random';
import { tripsCsv } from '../support/small-feed';
import { readBooks } from '../support/storm/books';
import { killReceiver, repeatEvent } from '../support/storm/receiver';
import { applyTrips } from '../support/trips';

const PIPELINE = 'storm';
const UPLOADS = 200;
const TRIPS_PER_FILE = 5;
/** Files that are replaced at once by a second version with one more row. */
const OVERWRITTEN = 2;
const REMOVED = 3;
const REPEATS = 2;
/** Each n-th file has no event but the store's own, which may fall into the receiver's absence. */
const UNREPEATED = 5;
/** After so many uploads the receiver is killed. */
const KILLED_AT = [Math.floor(UPLOADS / 4), Math.floor((3 * UPLOADS) / 4)];
const LANES = 8;
/** Far beyond what it takes: a busy machine is no failure. */
const WAIT_MS = 360_000;
const SEED = 20_240_101;

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
}, 240_000);
afterAll(() => stack.stop());

const keyOf = (index: number): string => `raw/${PIPELINE}/day ${index}+%20ü.csv`;

async function upload(index: number, tripsPerDay = TRIPS_PER_FILE): Promise<void> {
  const bytes = Buffer.from(tripsCsv({ fromDay: index, days: 1, tripsPerDay }));
  await stack.session.store.put({ bucket: 'lake', key: keyOf(index) }, { kind: 'bytes', bytes });
}

test('every version of every upload is published exactly once', async () => {
  await applyTrips(stack, PIPELINE, { maxObjects: 100 });
  const random = createRandom(SEED);
  const indexes = Array.from({ length: UPLOADS }, (_, index) => index);
  let done = 0;
  await mapConcurrent(indexes, LANES, async (index) => {
    await upload(index);
    if (index < OVERWRITTEN) await upload(index, TRIPS_PER_FILE + 1);
    const { store } = stack.session;
    if (index >= UPLOADS - REMOVED) await store.remove({ bucket: 'lake', key: keyOf(index) });
    done += 1;
    if (KILLED_AT.includes(done)) await killReceiver(stack);
  });
  const repeats = indexes
    .filter((index) => index % UNREPEATED !== 0)
    .flatMap((index) => Array.from({ length: REPEATS }, () => ({ index, at: random() })));
  repeats.sort((left, right) => left.at - right.at);
  await mapConcurrent(repeats, LANES, ({ index }) => repeatEvent(stack, keyOf(index)));
  // The receiver may still be on its way back; what it missed is looked for when it is there.
  await sleep(3_000);
  const runs = await waitForIdle(stack.session, PIPELINE, WAIT_MS, () => undefined);

  const books = await readBooks(stack, PIPELINE, runs);
  expect(books.landed).toHaveLength(UPLOADS + OVERWRITTEN);
  expect(books.recorded).toEqual(books.landed);
  expect(books.verdicts).toEqual(['accepted']);
  expect(books.batched).toEqual(books.landed);
  expect(Math.max(...books.batches.map(({ length }) => length))).toBeLessThanOrEqual(100);
  expect(books.removals).toBe(REMOVED);
  const { rows } = await requireTableVersion(stack.session.store, 'lake', PIPELINE, 'clean');
  expect(rows).toBe(UPLOADS * TRIPS_PER_FILE + OVERWRITTEN);
}, 480_000);
