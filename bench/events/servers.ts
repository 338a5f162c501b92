import path from 'node:path';
import type { Client } from '@temporalio/client';
import { connectClient } from '../../src/client/connect';
import { loadTemporalSettings } from '../../src/config/temporal-settings';
import { findFreePort } from '../../src/dev/ports';
import { startProcess, startTemporal, type RunningServer } from '../../test/support/local-servers';
import { REPOSITORY } from '../../test/support/millrace';
import { bareSignals, throughReceiver, type WayIn } from './ways-in';

const WORKER = path.join(__dirname, 'intake-worker.js');
const BUNDLE = path.join(REPOSITORY, 'dist', 'workflow-bundle.js');
const PROGRAM = path.join(REPOSITORY, 'bin', 'millrace.cjs');
const RECEIVER_PATH = '/hooks/s3/bench';

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
  const variables = { TEMPORAL_ADDRESS: temporal.address, NODE_ENV: 'production' };
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const receiverProcess = await startReceiver(url, variables);
  const { client, close } = await connectClient(loadTemporalSettings(variables));
  const receiver = throughReceiver(`${url}${RECEIVER_PATH}`);
  let worker: RunningServer | undefined;
  const stopWorker = async (): Promise<void> => {
    await worker?.stop();
    worker = undefined;
  };
  return {
    address: temporal.address,
    client,
    receiver,
    bare: bareSignals(client),
    startWorker: async () => {
      worker = await startWorker(temporal.address, variables);
    },
    stopWorker,
    stop: async () => {
      await stopWorker();
      receiver.close();
      await receiverProcess.stop();
      await close();
      await temporal.stop();
    },
  };
}

type Variables = Readonly<Record<string, string>>;

function startReceiver(url: string, variables: Variables): Promise<RunningServer> {
  return startProcess({
    name: 'receiver',
    args: [PROGRAM, 'receiver', '--port', new URL(url).port, '--path', RECEIVER_PATH],
    variables,
    readiness: { kind: 'http', url: `${url}/health` },
  });
}

function startWorker(temporalAddress: string, variables: Variables): Promise<RunningServer> {
  return startProcess({
    name: 'intake-worker',
    args: [WORKER, temporalAddress, BUNDLE],
    variables,
    readiness: { kind: 'log-line', text: 'ready' },
  });
}
