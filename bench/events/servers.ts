import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { connectClient } from '../../src/client/connect';
import { loadTemporalSettings } from '../../src/config/temporal-settings';
import { findFreePort } from '../../src/dev/ports';
import { startTemporal } from '../../test/support/local-servers';
import { REPOSITORY } from '../../test/support/millrace';
import { bareSignals, throughReceiver, type WayIn } from './ways-in';

const WORKER = path.join(__dirname, 'intake-worker.js');
const BUNDLE = path.join(REPOSITORY, 'dist', 'workflow-bundle.js');
const PROGRAM = path.join(REPOSITORY, 'bin', 'millrace.cjs');
const RECEIVER_PATH = '/hooks/s3/bench';
const READY_WITHIN_MS = 60_000;

/** A Temporal server with the stack's settings, the receiver as a process of its own, and a worker on wish. */
export interface EventServers {
  readonly address: string;
  readonly client: Client;
  readonly receiver: WayIn;
  readonly bare: WayIn;
  /** Runs the real intake workflow; its activities are stand-ins. */
  readonly startWorker: () => Promise<void>;
  readonly stopWorker: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startEventServers(): Promise<EventServers> {
  const temporal = await startTemporal();
  const variables = { ...process.env, TEMPORAL_ADDRESS: temporal.address, NODE_ENV: 'production' };
  const port = await findFreePort();
  const args = ['receiver', '--port', String(port), '--path', RECEIVER_PATH];
  const receiverProcess = spawn(process.execPath, [PROGRAM, ...args], {
    env: variables,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await untilHealthy(`http://127.0.0.1:${port}/health`);
  const { client, close } = await connectClient(loadTemporalSettings(variables));
  const receiver = throughReceiver(`http://127.0.0.1:${port}${RECEIVER_PATH}`);
  let worker: ChildProcess | undefined;
  const stopWorker = async (): Promise<void> => {
    if (worker) await end(worker);
    worker = undefined;
  };
  return {
    address: temporal.address,
    client,
    receiver,
    bare: bareSignals(client),
    startWorker: async () => {
      worker = spawn(process.execPath, [WORKER, temporal.address, BUNDLE], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      // The one thing that it prints is that it polls.
      if (worker.stdout) await once(worker.stdout, 'data');
    },
    stopWorker,
    stop: async () => {
      await stopWorker();
      receiver.close();
      await end(receiverProcess);
      await close();
      await temporal.stop();
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function untilHealthy(url: string): Promise<void> {
  const giveUpMs = Date.now() + READY_WITHIN_MS;
  while (Date.now() < giveUpMs) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(50);
  }
  throw new Error(`Nobody answers [url=${url}] within ${READY_WITHIN_MS / 1000} s`);
}
