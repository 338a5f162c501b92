import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { waitForIdle } from '../../../src/cli/commands/wait';
import type { RunInfo } from '../../../src/client/run-client';
import { readStackStatus } from '../../../src/dev/stack-status';
import type { TestStack } from '../millrace';
import { fingerprint, landTrips } from '../trips';
import { backedUp, booksOf, liveVersion } from './books';
import type { PlaySchedule } from './kill-schedule';
import { strikeAll, type Hit } from './strike';

/** Far more than any recovery takes: a play that is not over by then is stuck. */
const GIVE_UP_MS = 300_000;
const LOOK_AGAIN_MS = 500;

/** One small pipeline from its upload to the end, and what was published. */
export interface Play {
  readonly pipeline: string;
  readonly seconds: number;
  readonly hits: readonly Hit[];
  /** Newest first; more than one when a run failed for technical reasons and was run again. */
  readonly runs: readonly RunInfo[];
  readonly published: unknown;
}

/** Plays the trips feed once under the strikes of `schedule`. */
export async function play(
  stack: TestStack,
  pipeline: string,
  schedule: PlaySchedule = [],
  undisturbedMs = 0,
): Promise<Play> {
  await throughOutages(() => {
    assertAllReady(stack.state);
  });
  await landTrips(stack, pipeline, { reconcileMinutes: 1 });
  const startedMs = Date.now();
  const over = new AbortController();
  const strikes = strikeAll(stack.state, schedule, undisturbedMs, over.signal);
  try {
    await throughOutages(() => waitForEnd(stack, pipeline));
    const seconds = (Date.now() - startedMs) / 1000;
    over.abort();
    const hits = await strikes;
    // The last strikes may have come after the end: what was published has to outlive them.
    const runs = await throughOutages(() => waitForEnd(stack, pipeline));
    const published = await throughOutages(() => publishedBy(stack, pipeline));
    return { pipeline, seconds, hits, runs, published };
  } finally {
    over.abort();
    await strikes;
  }
}

/** What differs from the undisturbed play, for people; undefined when nothing does. */
export function difference(undisturbed: Play, disturbed: Play): string | undefined {
  if (isDeepStrictEqual(disturbed.published, undisturbed.published)) return undefined;
  const shown = (played: Play): string => JSON.stringify(played.published, undefined, 2);
  return `expected ${shown(undisturbed)}\ngot ${shown(disturbed)}`;
}

/** An upload to a store that is down would fail; what is tested begins after it. */
function assertAllReady(state: string): void {
  const late = readStackStatus(state).processes.filter((process) => process.state !== 'ready');
  if (late.length > 0) throw new Error(`Not ready: ${late.map(({ name }) => name).join(', ')}`);
}

async function waitForEnd(stack: TestStack, pipeline: string): Promise<readonly RunInfo[]> {
  const runs = await waitForIdle(stack.session, pipeline, GIVE_UP_MS, () => undefined);
  if (runs[0]?.status !== 'completed') throw new Error(`The newest run is ${runs[0]?.status ?? 'missing'}`);
  return runs;
}

async function publishedBy(stack: TestStack, pipeline: string): Promise<unknown> {
  const live = await liveVersion(stack, pipeline);
  const { backup, ...tablesAndModels } = await fingerprint(stack, pipeline);
  const { damaged, objects, verified } = backup;
  const books = await booksOf(stack, pipeline);
  return {
    ...tablesAndModels,
    ...books,
    backup: { ...(await backedUp(stack, pipeline)), damaged, unread: objects - verified },
    live,
  };
}

/** Servers that are down, and failures that the system mends by itself, are waited out. */
async function throughOutages<T>(work: () => T | Promise<T>): Promise<T> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
