import { setTimeout as sleep } from 'node:timers/promises';
import { readStackState } from '../../../src/dev/stack-state';
import { findVictim, strikeDown } from '../faults/victims';
import type { TestStack } from '../millrace';

const BACK_WITHIN_MS = 60_000;

/** What the store sends, once more; nobody may be there to hear it. */
export async function repeatEvent({ state }: TestStack, key: string): Promise<void> {
  const { ports, webhookToken } = readStackState(state)!;
  const record = {
    eventSource: 'aws:s3',
    eventName: 's3:ObjectCreated:Put',
    s3: { bucket: { name: 'lake' }, object: { key, versionId: null, sequencer: '1' } },
  };
  const url = `http://127.0.0.1:${ports.receiver}/hooks/s3/${webhookToken}`;
  await fetch(url, { method: 'POST', body: JSON.stringify({ Records: [record] }) }).catch(() => undefined);
}

/** SIGKILL; the supervisor starts it again. Returns when it is there again. */
export async function killReceiver(stack: TestStack): Promise<void> {
  const pid = await strikeDown(stack.state, 'receiver');
  while ((await receiverPid(stack)) === pid) await sleep(50);
}

/** Of the one that runs; waited for while it is on its way back. */
async function receiverPid({ state }: TestStack): Promise<number> {
  const pid = await findVictim(state, 'receiver', AbortSignal.timeout(BACK_WITHIN_MS));
  if (pid === undefined) throw new Error(`The receiver did not come back within ${BACK_WITHIN_MS / 1000} s`);
  return pid;
}
