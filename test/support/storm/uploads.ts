import { mapConcurrent } from '../../../src/lake/map-concurrent';
import type { TestStack } from '../millrace';
import { stormCsv } from './feed';
import { killReceiver, repeatEvent } from './receiver';

const UPLOAD_LANES = 32;
const EVENT_LANES = 16;
/** Beside the store's own. */
const REPEATS = 2;

export interface StormFile {
  readonly key: string;
  readonly index: number;
  readonly rows: number;
}

/**
 * Uploads everything at once, kills the receiver after a quarter and after three quarters, and then repeats all events
 * twice in random order. Returns how long the uploads took.
 */
export async function storm(
  stack: TestStack,
  files: readonly StormFile[],
  random: () => number,
): Promise<{ readonly uploadSeconds: number }> {
  const killedAt = [Math.floor(files.length / 4), Math.floor((3 * files.length) / 4)];
  const kills: Promise<void>[] = [];
  const beganMs = performance.now();
  let done = 0;
  await mapConcurrent(files, UPLOAD_LANES, async ({ key, index, rows }) => {
    const bytes = Buffer.from(stormCsv(index, rows));
    await stack.session.store.put({ bucket: 'lake', key }, { kind: 'bytes', bytes });
    done += 1;
    // The others go on: their events meet nobody.
    if (killedAt.includes(done)) kills.push(killReceiver(stack));
  });
  const uploadSeconds = (performance.now() - beganMs) / 1000;
  await Promise.all(kills);
  const repeats = files.flatMap(({ key }) => Array.from({ length: REPEATS }, () => ({ key, at: random() })));
  repeats.sort((left, right) => left.at - right.at);
  await mapConcurrent(repeats, EVENT_LANES, ({ key }) => repeatEvent(stack, key));
  return { uploadSeconds };
}
