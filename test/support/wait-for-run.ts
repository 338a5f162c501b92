import { setTimeout as sleep } from 'node:timers/promises';
import type { RunInfo } from '../../src/client/run-client';
import type { TestStack } from './millrace';

const LOOK_AGAIN_MS = 200;
const GIVE_UP_MS = 180_000;

/** Waits until the newest run of a pipeline has this status. */
export async function waitForRun(
  { session }: TestStack,
  pipeline: string,
  status: RunInfo['status'],
): Promise<RunInfo> {
  const deadline = performance.now() + GIVE_UP_MS;
  for (;;) {
    const [newest] = await (await session.runs()).list(pipeline);
    if (newest?.status === status) return newest;
    if (performance.now() > deadline)
      throw new Error(
        `Newest run is ${newest?.status ?? 'missing'}, expected ${status} [pipeline=${pipeline}]`,
      );
    await sleep(LOOK_AGAIN_MS);
  }
}
