import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { birthOf, identify, isAlive } from './process-identity';
import { acquireStackLock, lockOwner } from './stack-lock';

let directory: string;
beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), 'millrace-lock-'))));
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function take() {
  const lock = acquireStackLock(directory);
  if (!('release' in lock)) throw new Error('refused');
  return lock;
}

test('a folder that is taken names its owner', () => {
  take();
  expect(acquireStackLock(directory)).toEqual(identify(process.pid));
  expect(lockOwner(directory)).toEqual(identify(process.pid));
});

test('a released folder can be taken again', () => {
  take().release();
  expect(lockOwner(directory)).toBeUndefined();
  expect(acquireStackLock(directory)).toHaveProperty('release');
});

test('the lock of a dead process is taken over', () => {
  writeFileSync(
    path.join(directory, 'supervisor.lock.7'),
    JSON.stringify({ owner: { pid: process.pid, birth: 'an earlier process' } }),
  );
  expect(lockOwner(directory)).toBeUndefined();
  take();
  expect(lockOwner(directory)?.pid).toBe(process.pid);
});

test('a killed process is not alive although its number is not yet collected', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identify(child.pid!);
  expect(isAlive(identity)).toBe(true);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  expect(isAlive(identity)).toBe(false);
  expect(birthOf(identity.pid)).toBeUndefined();
});
