// A worker that is paused in the middle of its work is given up by Temporal, and another one does the work. Then the
// first one comes back, still believing that the activity is its own.
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readStackStatus } from '../../src/dev/stack-status';
import { startSecondWorker } from '../support/faults/second-worker';
import { startTestStack, type TestStack } from '../support/millrace';
import { fingerprint, landTrips, promoted } from '../support/trips';

/** The write that each worker is paused before: the one that publishes. */
const PUBLICATIONS: Readonly<Record<string, string>> = {
  transform: 'tables/twice-transform/clean/_delta_log/*',
  train: 'models/twice-train/artifacts/*/model.onnx',
  backup: 'twice-backup/snapshots/*',
};
const RULES = Object.values(PUBLICATIONS).map((keys) => `pause-before:createIfAbsent:${keys}`);
/** Not those of the workflows: a query to a paused workflow worker would wait for it. */
const QUEUES = 'millrace-data,millrace-train';

let stack: TestStack;
let second: ChildProcess;
let undisturbed: unknown;

beforeAll(async () => {
  const faults = RULES.join(';');
  stack = await startTestStack({ faults });
  second = await startSecondWorker(stack, QUEUES, { MILLRACE_FAULTS: faults });
  undisturbed = await play('once');
}, 240_000);
afterAll(async () => {
  second.kill('SIGKILL');
  await stack.stop();
});

async function play(pipeline: string): Promise<unknown> {
  await landTrips(stack, pipeline);
  return promoted(stack, pipeline);
}

test.each(Object.entries(PUBLICATIONS))(
  'a worker that was paused before it published %s publishes nothing when it comes back',
  async (stage, keys) => {
    expect(await play(`twice-${stage}`)).toEqual(undisturbed);
    const paused = await pausedProcesses();
    expect(paused).toHaveLength(1);
    expect(await refusedWrites(keys)).toBe(0);
    for (const pid of paused) process.kill(pid, 'SIGCONT');
    while ((await refusedWrites(keys)) === 0) await sleep(100);
    expect(await fingerprint(stack, `twice-${stage}`)).toEqual(undisturbed);
  },
  180_000,
);

async function pausedProcesses(): Promise<readonly number[]> {
  const pids = readStackStatus(stack.state).processes.map(({ identity }) => identity?.pid ?? 0);
  const paused: number[] = [];
  for (const pid of [...pids, second.pid ?? 0]) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (/^State:\tT/m.test(status)) paused.push(pid);
  }
  return paused;
}

/** How often the store has refused a put of such a key, because the object stands there already. */
async function refusedWrites(keys: string): Promise<number> {
  const log = await readFile(path.join(stack.state, 'object-store', 'access.log'), 'utf8');
  const parts = ['s3_PutObject', ' 412 ', ...keys.split('*')];
  return log.split('\n').filter((line) => parts.every((part) => line.includes(part))).length;
}
