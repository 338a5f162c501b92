import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './process-identity';
import { waitUntil } from './orphans';
import type { ProcessSpec } from './process-spec';
import { StackFailure } from './stack-failure';
import type { ProcessRecord } from './stack-snapshot';
import { createSupervisor, type Supervisor } from './supervisor';

let directory: string;
let supervisor: Supervisor | undefined;
let latest: readonly ProcessRecord[] = [];
let said: string[] = [];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'millrace-supervisor-'));
  said = [];
});
afterEach(async () => {
  await supervisor?.stop();
  rmSync(directory, { recursive: true });
});

function script(name: string, body: string, needs: readonly string[] = []): ProcessSpec {
  return {
    name,
    command: 'sh',
    args: ['-c', body],
    variables: { PATH: process.env['PATH'] ?? '' },
    workingDirectory: directory,
    readiness: { kind: 'log-line', text: `${name} is ready` },
    needs,
  };
}

const server = (name: string, needs?: readonly string[]) =>
  script(name, `echo ${name} >> order; echo ${name} is ready; exec sleep 60`, needs);

function supervise(specs: readonly ProcessSpec[], stopGraceMs = 2_000) {
  supervisor = createSupervisor({
    specs,
    logDirectory: directory,
    say: (text) => said.push(text),
    changed: (records) => (latest = records),
    readyTimeoutMs: 3_000,
    stopGraceMs,
  });
  return supervisor;
}

const record = (name: string) => latest.find((candidate) => candidate.name === name)!;

test('a process starts when what it needs is ready, and stop leaves none running', async () => {
  const slow = script('first', 'sleep 0.3; echo first >> order; echo first is ready; exec sleep 60');
  const both = supervise([slow, server('second', ['first'])]);
  await both.start();
  const identities = latest.map((each) => each.identity!);
  expect(identities.every(isAlive)).toBe(true);
  const order = readFileSync(path.join(directory, 'order'), 'utf8');
  expect(order).toBe('first\nsecond\n');
  await both.stop();
  expect(identities.some(isAlive)).toBe(false);
  expect(latest.map((each) => each.state)).toEqual(['stopped', 'stopped']);
});

test('a killed process is started again, and it says so', async () => {
  await supervise([server('one')]).start();
  const before = record('one').identity!;
  process.kill(before.pid, 'SIGKILL');
  expect(await waitUntil(() => record('one').state === 'ready' && record('one').restarts === 1, 5_000)).toBe(
    true,
  );
  expect(record('one').identity!.pid).not.toBe(before.pid);
  expect(said).toEqual([
    'one is ready',
    'one was ended by SIGKILL; starting it again in 0.2 s [restarts=1]',
    'one is ready',
  ]);
});

test('what a dead process leaves behind in its group is ended with it', async () => {
  await supervise([script('one', 'sleep 61 & echo $! > child; echo one is ready; wait')]).start();
  const identity = identify(Number(readFileSync(path.join(directory, 'child'), 'utf8')));
  process.kill(record('one').identity!.pid, 'SIGKILL');
  expect(await waitUntil(() => !isAlive(identity), 3_000)).toBe(true);
});

test('a process that never becomes ready fails the start after three tries and names its log', async () => {
  const failing = supervise([script('one', 'echo broken; exit 3')]);
  const failure = await failing.start().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StackFailure);
  expect((failure as Error).message).toBe(
    `one ended with code 3 [attempts=3]: see ${path.join(directory, 'one.log')}`,
  );
});

test('a process that ignores SIGTERM is killed after the grace period', async () => {
  const deaf = supervise([script('one', 'trap "" TERM; echo one is ready; sleep 60 & wait; wait')], 300);
  await deaf.start();
  const identity = record('one').identity!;
  await deaf.stop();
  expect(isAlive(identity)).toBe(false);
});

test('stop during the start ends it and starts nothing more', async () => {
  const stuck = supervise([script('first', 'exec sleep 60'), server('second', ['first'])]);
  const started = stuck.start();
  await sleep(200);
  await stuck.stop();
  await started;
  expect(latest.map((each) => each.state)).toEqual(['stopped', 'waiting']);
});

test('a need that is not listed before is refused', () => {
  expect(() => supervise([server('second', ['first']), server('first')])).toThrow(
    'Bad start order [process=second]: first has to be listed before it',
  );
});
