// The inference server as a process over a real object store: after kill -9 it serves what it served before.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { createDeployActivities } from '../../src/activities/deploy';
import { createS3ObjectStore } from '../../src/adapters/object-store/s3';
import { createHttpServingAdmin } from '../../src/adapters/serving-admin/http';
import { findFreePort } from '../../src/dev/ports';
import type { ObjectStore } from '../../src/ports/object-store';
import { LATE_FLIGHT } from '../support/flight-instances';
import { startObjectStore, type LocalObjectStore } from '../support/local-servers';
import { LAKE, PIPELINE, registerModel } from '../support/registered-models';
import { ADMIN_TOKEN } from '../support/test-serving';

let s3: LocalObjectStore;
let store: ObjectStore;
let scratch: string;
let port: number;
let child: ChildProcess;

async function startProcess(): Promise<void> {
  child = fork(require.resolve('../support/serving-process.ts'), {
    execArgv: ['-r', require.resolve('../support/register-typescript.cjs')],
    env: {
      PATH: process.env['PATH'],
      TEST_SERVING_PORT: String(port),
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_REGION: s3.region,
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      MILLRACE_ADMIN_TOKEN: ADMIN_TOKEN,
      MILLRACE_SCRATCH_DIR: scratch,
    },
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the serving process ended')));
  await Promise.race([once(child, 'message'), ended]);
}

beforeAll(async () => {
  s3 = await startObjectStore();
  const settings = { endpoint: s3.endpoint, region: s3.region, credentials: s3.credentials };
  const client = new S3Client({ ...settings, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: LAKE }));
  client.destroy();
  store = createS3ObjectStore(settings);
  await registerModel(store, 'v1');
  await registerModel(store, 'v2');
  scratch = await mkdtemp(path.join(tmpdir(), 'millrace-scratch-'));
  port = await findFreePort();
  await startProcess();
});

afterAll(async () => {
  child.kill('SIGKILL');
  await s3.stop();
  await rm(scratch, { recursive: true, force: true });
});

async function predict(): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/predict/${PIPELINE}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances: [LATE_FLIGHT] }),
  });
  return response.json();
}

test('a killed server comes back with the version that was live, and removes what the killed one left', async () => {
  const serving = createHttpServingAdmin({ url: `http://127.0.0.1:${port}`, adminToken: ADMIN_TOKEN });
  const deploy = createDeployActivities({ store, lakeBucket: LAKE, serving });
  await deploy.activateModel({ pipeline: PIPELINE, version: 1, goldenTolerance: 1e-5 });
  await deploy.activateModel({ pipeline: PIPELINE, version: 2, goldenTolerance: 1e-5, expectedChampion: 1 });
  const before = await predict();
  expect(before).toMatchObject({ modelVersion: 2 });

  child.kill('SIGKILL');
  await once(child, 'exit');
  await expect(predict()).rejects.toThrow();
  await expect(serving.status(PIPELINE)).rejects.toMatchObject({ code: 'ServingUnavailable' });
  await startProcess();

  expect(await predict()).toEqual(before);
  expect(await serving.status(PIPELINE)).toEqual({ liveVersion: 2, loadedVersions: [2] });
  const left = await readdir(path.join(scratch, `serving-${port}`));
  expect(left).toEqual([expect.stringMatching(/^flights-2-/)]);
});

test('a deployment that was interrupted before the alias moved is finished by a retry after the restart', async () => {
  const serving = createHttpServingAdmin({ url: `http://127.0.0.1:${port}`, adminToken: ADMIN_TOKEN });
  const deploy = createDeployActivities({ store, lakeBucket: LAKE, serving });
  await serving.activate(PIPELINE, 1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await startProcess();
  expect(await predict()).toMatchObject({ modelVersion: 2 });
  await deploy.activateModel({ pipeline: PIPELINE, version: 1, goldenTolerance: 1e-5, expectedChampion: 2 });
  expect(await predict()).toMatchObject({ modelVersion: 1 });
});

test('SIGTERM ends the process with code 0', async () => {
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
});
