// The local stack with the real Temporal server and object store under the real supervisor, in processes of their own.
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Connection } from '@temporalio/client';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runDown } from '../../src/cli/commands/down';
import { runStatus } from '../../src/cli/commands/status';
import { runUp, type UpOptions } from '../../src/cli/commands/up';
import type { StackDocument } from '../../src/cli/stack-document';
import { waitUntil } from '../../src/dev/orphans';
import { birthOf, identify, isAlive } from '../../src/dev/process-identity';
import { findFreePort } from '../../src/dev/ports';
import { standInProcesses } from './stack-fixture/up-with-stand-ins';

const PARTS = {
  processes: standInProcesses,
  supervisorCommand: [
    process.execPath,
    '-r',
    path.join(__dirname, '../support/register-typescript.cjs'),
    path.join(__dirname, 'stack-fixture/up-with-stand-ins.ts'),
  ] as const,
};

let directory: string;
let state: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'millrace-stack-'));
  state = path.join(directory, 'state');
});
afterEach(async () => {
  await call((io) => runDown({ json: true, state }, io));
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
});

type Io = Parameters<typeof runDown>[1];

/** Runs a command with `--json`; answers its exit code, its document and what it said. */
async function call(command: (io: Io) => Promise<number>) {
  const written = { stdout: '', stderr: '' };
  const exitCode = await command({
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
    variables: process.env,
  });
  return { exitCode, document: JSON.parse(written.stdout) as StackDocument, stderr: written.stderr };
}

const up = (options: Partial<UpOptions> = {}) =>
  call((io) => runUp({ json: true, detach: true, state, ...options }, io, PARTS));
const down = () => call((io) => runDown({ json: true, state }, io));
const status = () => call((io) => runStatus({ json: true, state }, io));

/** Every process of the stack with its supervisor, so that none can hide behind a reused number. */
function identities({ processes, supervisorPid }: StackDocument) {
  return [supervisorPid, ...processes.map(({ pid }) => pid)].map((pid) => identify(pid!));
}

async function withStore<T>({ s3 }: StackDocument, work: (client: S3Client) => Promise<T>): Promise<T> {
  const { endpoint, region, accessKeyId, secretAccessKey } = s3!;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

async function until(condition: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return true;
}

test('a stack starts, heals, refuses a second start, stops without orphans and keeps its state', async () => {
  const started = await up();
  expect(started).toMatchObject({ exitCode: 0 });
  const stack = started.document;
  expect(stack.processes.map(({ name, state: is }) => [name, is])).toEqual(
    ['temporal', 'receiver', 'object-store', 'worker', 'serving'].map((name) => [name, 'ready']),
  );

  const connection = await Connection.connect({ address: stack.temporal!.address });
  await connection.close();
  expect((await fetch(stack.temporal!.ui)).status).toBe(200);
  const buckets = await withStore(stack, (client) => client.send(new ListBucketsCommand()));
  expect(buckets.Buckets?.map(({ Name }) => Name)).toEqual(['backup', 'lake']);
  expect(statSync(path.join(state, 'stack.json')).mode & 0o777).toBe(0o600);
  await withStore(stack, (client) =>
    client.send(new PutObjectCommand({ Bucket: 'lake', Key: 'raw/x', Body: 'kept' })),
  );

  const second = await up();
  expect(second.exitCode).toBe(4);
  expect(second.stderr).toContain('already running');
  const secondInForeground = await up({ detach: false });
  expect(secondInForeground.exitCode).toBe(4);

  const victim = stack.processes.find(({ name }) => name === 'object-store')!;
  process.kill(victim.pid!, 'SIGKILL');
  expect(
    await until(async () => {
      const { document } = await status();
      const healed = document.processes.find(({ name }) => name === 'object-store')!;
      return healed.state === 'ready' && healed.restarts === 1 && healed.pid !== victim.pid;
    }, 10_000),
  ).toBe(true);
  expect(readFileSync(path.join(state, 'logs', 'supervisor.log'), 'utf8')).toContain(
    'object-store was ended by SIGKILL; starting it again in 0.2 s',
  );

  const running = identities((await status()).document);
  expect((await down()).exitCode).toBe(0);
  expect(running.filter(isAlive)).toEqual([]);
  expect((await status()).exitCode).toBe(5);

  const again = await up();
  expect(again.exitCode).toBe(0);
  expect(again.document.s3).toEqual(stack.s3);
  expect(again.document.temporal).toEqual(stack.temporal);
  const kept = await withStore(again.document, async (client) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'lake', Key: 'raw/x' }));
    return Body?.transformToString();
  });
  expect(kept).toBe('kept');
});

test('after kill -9 of the supervisor, down stops what it left and up starts afresh', async () => {
  const first = (await up()).document;
  const [supervisor, ...children] = identities(first);
  process.kill(supervisor!.pid, 'SIGKILL');
  expect(await waitUntil(() => !isAlive(supervisor!), 5_000)).toBe(true);
  expect(children.every(isAlive)).toBe(true);
  const left = await status();
  expect(left.exitCode).toBe(5);
  expect(left.document.running).toBe(false);

  expect((await down()).document.processes.map(({ name }) => name)).toEqual(
    first.processes.map(({ name }) => name),
  );
  expect(children.filter(isAlive)).toEqual([]);

  const second = (await up()).document;
  const [secondSupervisor, ...secondChildren] = identities(second);
  process.kill(secondSupervisor!.pid, 'SIGKILL');
  // The signal is asynchronous: an up that still sees the supervisor alive rightly refuses.
  expect(await waitUntil(() => !isAlive(secondSupervisor!), 5_000)).toBe(true);
  const third = await up();
  expect(third.exitCode).toBe(0);
  expect(secondChildren.filter(isAlive)).toEqual([]);
  expect(third.document.temporal).toEqual(first.temporal);
});

test('of two ups at the same moment exactly one wins', async () => {
  const both = await Promise.all([up(), up()]);
  expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 4]);
  const winner = both.find(({ exitCode }) => exitCode === 0)!;
  expect(birthOf(winner.document.supervisorPid!)).toBeDefined();
});

test('Ctrl-C in the foreground stops everything', async () => {
  const [command, ...args] = PARTS.supervisorCommand;
  const child = spawn(command, [...args, '--state', state], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  expect(await until(async () => (await status()).exitCode === 0, 20_000)).toBe(true);
  const running = identities((await status()).document);
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(running.filter(isAlive)).toEqual([]);
  expect((await status()).document.phase).toBe('stopped');
});

test('a port that is taken is refused with its number', async () => {
  const base = await findFreePort();
  const blocker = createServer().listen(base + 2, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  try {
    const refused = await up({ detach: false, portBase: String(base) });
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain(`Port for objectStore is taken [port=${base + 2}]`);
  } finally {
    blocker.close();
  }
});

test('a server that is not installed is named with the way to get it', async () => {
  const variables = { ...process.env, PATH: '/usr/bin:/bin', MILLRACE_CACHE: directory };
  const missing = await call((io) => runUp({ json: true, state, detach: true }, { ...io, variables }, PARTS));
  expect(missing.exitCode).toBe(5);
  expect(missing.stderr).toContain('temporal was not found');
  expect(missing.stderr).toContain('make setup');
});
