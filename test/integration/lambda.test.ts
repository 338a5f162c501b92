// A real object store tells a real Temporal server about landed files, through the receiver and the Lambda handler.
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Client } from '@temporalio/client';
import { connectClient } from '../../src/client/connect';
import { createIntakeClient } from '../../src/client/intake-client';
import { loadTemporalSettings } from '../../src/config/temporal-settings';
import type { ObjectHint } from '../../src/contracts/messages';
import { workflowIds } from '../../src/contracts/workflow-names';
import { createHandler, type HandlerDeps } from '../../src/lambda/handler';
import { type Receiver, startReceiver } from '../../src/lambda/receiver';
import {
  type LocalObjectStore,
  type LocalTemporal,
  startObjectStore,
  startTemporal,
} from '../support/local-servers';

const BUCKET = 'lake';
const silent = (): void => undefined;
const logger: HandlerDeps['logger'] = { info: silent, warn: silent, error: silent };

let temporal: LocalTemporal;
let store: LocalObjectStore;
let receiver: Receiver;
let s3: S3Client;
let connected: { readonly client: Client; readonly close: () => Promise<void> };

beforeAll(async () => {
  temporal = await startTemporal();
  connected = await connectClient(
    loadTemporalSettings({ TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace }),
  );
  const intake = createIntakeClient(connected.client);
  receiver = await startReceiver({
    port: 0,
    path: '/hooks/s3/token',
    handler: createHandler({ signalIntake: intake.signalObjects, logger, lakeBucket: BUCKET }),
  });
  store = await startObjectStore({ webhookUrl: receiver.url });
  s3 = new S3Client({
    endpoint: store.endpoint,
    region: store.region,
    credentials: store.credentials,
    forcePathStyle: true,
  });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
});

afterAll(async () => {
  s3.destroy();
  await store.stop();
  await receiver.close();
  await connected.close();
  await temporal.stop();
});

const put = async (Key: string): Promise<void> => {
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'a,b\n1,2\n' }));
};

/** The hints in the history of a pipeline's intake, in the order in which Temporal took them. */
async function signalledHints(pipeline: string): Promise<readonly ObjectHint[]> {
  const { events } = await connected.client.workflow.getHandle(workflowIds.intake(pipeline)).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    const data = signal?.input?.payloads?.[0]?.data;
    return data ? (JSON.parse(Buffer.from(data).toString('utf8')) as { objects: ObjectHint[] }).objects : [];
  });
}

async function waitForHints(pipeline: string, count: number): Promise<readonly ObjectHint[]> {
  const giveUpAt = Date.now() + 20_000;
  for (;;) {
    const hints = await signalledHints(pipeline).catch((): readonly ObjectHint[] => []);
    if (hints.length >= count || Date.now() > giveUpAt) return hints;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('every landed object reaches the intake of its pipeline under its true key, and nothing else does', async () => {
  const odd = 'raw/flights/2013 01+fix%20ü.csv';
  await put('raw/orders/not-flights.csv');
  await put('tables/flights/clean/part-0.parquet');
  await put(odd);
  await s3.send(
    new CopyObjectCommand({
      Bucket: BUCKET,
      Key: 'raw/flights/copy.csv',
      CopySource: encodeURIComponent(`${BUCKET}/${odd}`),
    }),
  );
  await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'raw/flights/copy.csv' }));
  await put('raw/flights/last.csv');

  const hints = await waitForHints('flights', 4);
  // The copy came and went: both are told.
  const keys = hints.map(({ key }) => key).sort();
  expect(keys).toEqual([odd, 'raw/flights/copy.csv', 'raw/flights/copy.csv', 'raw/flights/last.csv'].sort());
  expect(new Set(hints.map(({ bucket }) => bucket))).toEqual(new Set([BUCKET]));
  expect((await waitForHints('orders', 1)).map(({ key }) => key)).toEqual(['raw/orders/not-flights.csv']);
});

test('objects that land while Temporal is down are signalled once it is back', async () => {
  await temporal.crash();
  const started = Date.now();
  await put('raw/outage/1.csv');
  await put('raw/outage/2.csv');
  expect(Date.now() - started).toBeLessThan(5_000);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await temporal.restart();
  const keys = (await waitForHints('outage', 2)).map(({ key }) => key);
  expect(new Set(keys)).toEqual(new Set(['raw/outage/1.csv', 'raw/outage/2.csv']));
});
