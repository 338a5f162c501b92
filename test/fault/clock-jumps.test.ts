// The wall clock of every Millrace process jumps in the middle of a run; the servers keep theirs, as other machines do.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunInfo } from '../../src/client/run-client';
import { REPOSITORY, startTestStack, type TestStack } from '../support/millrace';
import { landTrips, promoted } from '../support/trips';

const HOUR_MS = 60 * 60 * 1000;
/** 32-bit seconds are over. */
const IN_2039_MS = Date.UTC(2039, 0, 1) - Date.now();

let directory: string;
let stack: TestStack;
let undisturbed: unknown;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'millrace-clock-'));
  const preload = path.join(directory, 'preload.cjs');
  const library = path.join(REPOSITORY, 'test', 'support', 'shifted-clock.cjs');
  await writeFile(preload, `require(${JSON.stringify(library)})(${JSON.stringify(clockFile())});\n`);
  stack = await startTestStack({ variables: { NODE_OPTIONS: `--require ${preload}` } });
  undisturbed = await play('steady', 0);
}, 240_000);
afterAll(async () => {
  await stack.stop();
  await rm(directory, { recursive: true });
});

const clockFile = (): string => path.join(directory, 'offset-ms');

/** At once for all that read it. */
async function shiftClocks(offsetMs: number): Promise<void> {
  await writeFile(`${clockFile()}.new`, String(offsetMs));
  await rename(`${clockFile()}.new`, clockFile());
}

async function play(pipeline: string, offsetMs: number): Promise<unknown> {
  await shiftClocks(0);
  await landTrips(stack, pipeline);
  await firstRun(pipeline);
  await shiftClocks(offsetMs);
  return promoted(stack, pipeline);
}

/** Once it has begun. */
async function firstRun(pipeline: string): Promise<RunInfo> {
  const runs = await stack.session.runs();
  for (;;) {
    const [run] = await runs.list(pipeline);
    if (run) return run;
    await sleep(50);
  }
}

test.each([
  ['an hour forward', HOUR_MS],
  ['an hour back', -HOUR_MS],
  ['to the year 2039', IN_2039_MS],
])(
  'a jump %s in the middle of a run changes nothing that is published, and holds nothing up',
  async (name, offsetMs) => {
    expect(await play(name.replaceAll(' ', '-'), offsetMs)).toEqual(undisturbed);
  },
  240_000,
);
