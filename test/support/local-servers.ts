// Real servers for tests: free loopback ports, temporary folders, built binaries. A missing binary is an error,
// never a skipped test.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launchProcess, signalGroup } from '../../src/dev/managed-process';
import { findFreePort } from '../../src/dev/ports';
import type { ProcessSpec } from '../../src/dev/process-spec';
import { LOCAL_REGION, objectStoreProcess } from '../../src/dev/processes/object-store';
import { temporalProcess } from '../../src/dev/processes/temporal';
import { requireTool } from '../../src/dev/toolchain';

const READY_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 5_000;

export interface RunningServer {
  readonly pid: number;
  /** `kill -9` of the server; its data stay. */
  readonly crash: () => Promise<void>;
  /** Starts it again on the same port and data after {@link crash}. */
  readonly restart: () => Promise<void>;
  /** Stops it and removes its folder. */
  readonly stop: () => Promise<void>;
}

export interface LocalObjectStore extends RunningServer {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly directory: string;
}

export interface LocalTemporal extends RunningServer {
  /** `host:port` for a client. */
  readonly address: string;
  readonly namespace: string;
  /** Base address of the Web UI. */
  readonly ui: string;
}

/** Kills a server's process group when this test run ends without stopping it, however it ends. */
function killWithUs(pid: number): () => void {
  // The pipe to it closes with this process; `kill -9 --` is not portable sh.
  const watchdog = spawn('sh', ['-c', `read _; kill -s KILL -- -${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  return () => watchdog.kill('SIGKILL');
}

function ownVariables(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
}

async function launchReady(
  spec: ProcessSpec,
  logFile: string,
): Promise<Awaited<ReturnType<typeof launchProcess>>> {
  const launched = await launchProcess(spec, logFile);
  launched.unref();
  void launched.exited.then(killWithUs(launched.pid));
  if (await launched.waitUntilReady(READY_TIMEOUT_MS)) return launched;
  const log = await readFile(logFile, 'utf8').catch(() => '(no log)');
  throw new Error(`${spec.name} ended before it was ready:\n${log.slice(-4000)}`);
}

async function runServer(spec: ProcessSpec, directory: string): Promise<RunningServer> {
  await spec.prepare?.();
  const logFile = path.join(directory, `${spec.name}.log`);
  let current = await launchReady(spec, logFile);
  return {
    get pid() {
      return current.pid;
    },
    crash: async () => {
      signalGroup(current.pid, 'SIGKILL');
      await current.exited;
    },
    restart: async () => {
      current = await launchReady(spec, logFile);
    },
    stop: async () => {
      await current.stop(STOP_GRACE_MS);
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A process of our own, with these variables beside the plainest ones of this process; its log is thrown away with it. */
export async function startProcess(spec: Omit<ProcessSpec, 'command' | 'needs'>): Promise<RunningServer> {
  const directory = await mkdtemp(path.join(tmpdir(), `millrace-${spec.name}-`));
  const variables = { ...ownVariables(), ...spec.variables };
  return runServer({ ...spec, command: process.execPath, needs: [], variables }, directory);
}

/** A real versitygw, empty, without buckets. With `webhookUrl` something has to answer there already. */
export async function startObjectStore(
  options: { readonly webhookUrl?: string } = {},
): Promise<LocalObjectStore> {
  const { file } = await requireTool('versitygw', process.env);
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-s3-'));
  const port = await findFreePort();
  const credentials = {
    accessKeyId: `test${randomBytes(8).toString('hex')}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const spec = objectStoreProcess({
    binary: file,
    port,
    directory,
    ...credentials,
    ...options,
    variables: ownVariables(),
  });
  const server = await runServer(spec, directory);
  return Object.assign(server, {
    endpoint: `http://127.0.0.1:${port}`,
    region: LOCAL_REGION,
    credentials,
    directory,
  });
}

/** A real Temporal server with the stack's settings and search attributes, on a new SQLite file. */
export async function startTemporal(
  options: { readonly dynamicConfig?: readonly string[] } = {},
): Promise<LocalTemporal> {
  const { file } = await requireTool('temporal', process.env);
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-temporal-'));
  const port = await findFreePort();
  const uiPort = await findFreePort(new Set([port]));
  const spec = temporalProcess({
    binary: file,
    port,
    uiPort,
    databaseFile: path.join(directory, 'temporal.db'),
    variables: ownVariables(),
    ...options,
  });
  const server = await runServer(spec, directory);
  return Object.assign(server, {
    address: `127.0.0.1:${port}`,
    namespace: 'default',
    ui: `http://127.0.0.1:${uiPort}`,
  });
}
