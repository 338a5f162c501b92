import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { waitForIdle } from '../../src/cli/commands/wait';
import type { BatchDocument } from '../../src/contracts/activities/control';
import { requireTableVersion } from '../../src/lake/table-files';
import type { TestStack } from '../support/millrace';
import { readBooks } from '../support/storm/books';
import { createStormPipelines } from '../support/storm/feed';
import { storm, type StormFile } from '../support/storm/uploads';

const PIPELINE = 'flood';
const SMALL_ROWS = 5;
const LARGE_ROWS = 40;
/** Small files fill a batch by their number, large ones (about 1.3 KB) by their bytes. */
const BATCH = { maxObjects: 500, maxBytes: 300_000, quietSeconds: 2 };
const WAIT_MS = 3_600_000;

/** Thousands of uploads into one pipeline. @throws AssertionError for anything lost, done twice or out of bounds. */
export async function flood(
  stack: TestStack,
  uploads: number,
  random: () => number,
  say: (text: string) => void,
): Promise<void> {
  await createStormPipelines(stack, [PIPELINE], BATCH);
  const files = Array.from({ length: uploads }, (_, index): StormFile => {
    const rows = index < uploads / 2 ? SMALL_ROWS : LARGE_ROWS;
    return { index, rows, key: `raw/${PIPELINE}/file ${index}+%20ü.csv` };
  });
  const beganMs = performance.now();
  const { uploadSeconds } = await storm(stack, files, random);
  say(`flood: ${uploads} uploads into one pipeline in ${uploadSeconds.toFixed(1)} s`);
  const runs = await waitForIdle(stack.session, PIPELINE, WAIT_MS, () => undefined);
  const seconds = (performance.now() - beganMs) / 1000;

  const books = await readBooks(stack, PIPELINE, runs);
  strictEqual(books.landed.length, uploads);
  deepStrictEqual(books.recorded, books.landed, 'each version has one record');
  deepStrictEqual(books.batched, books.landed, 'each version was in one batch');
  deepStrictEqual(books.verdicts, ['accepted']);
  const { rows } = await requireTableVersion(stack.session.store, 'lake', PIPELINE, 'clean');
  strictEqual(
    rows,
    files.reduce((sum, file) => sum + file.rows, 0),
  );
  const endings = books.batches.map(endingOf);
  const count = (ending: Ending): number => endings.filter((one) => one === ending).length;
  say(
    `flood: all published after ${seconds.toFixed(0)} s, each once; ${runs.length} runs, batches full by number ${count('number')}, by bytes ${count('bytes')}, closed by quiet time or the end of what was known ${count('rest')}`,
  );
  if (uploads >= 4 * BATCH.maxObjects) ok(count('number') > 0 && count('bytes') > 0 && count('rest') > 0);
}

type Ending = 'number' | 'bytes' | 'rest';

function endingOf(objects: BatchDocument['objects']): Ending {
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  ok(objects.length <= BATCH.maxObjects, `a batch of ${objects.length} objects`);
  ok(bytes <= BATCH.maxBytes, `a batch of ${bytes} bytes`);
  if (objects.length === BATCH.maxObjects) return 'number';
  const largest = Math.max(...objects.map((object) => object.bytes));
  return bytes + largest > BATCH.maxBytes ? 'bytes' : 'rest';
}
