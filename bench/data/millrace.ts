import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { lakeLayout } from '../../src/domain/lake-layout';
import { startLakeServer } from '../../test/support/lake-server';
import { startTemporal, type LocalObjectStore } from '../../test/support/local-servers';
import { REPOSITORY } from '../../test/support/millrace';
import { runTimes } from '../lib/history';
import { LAKE, landFiles, MEMORY_LIMIT_MEGABYTES } from './landing';
import { meterUsage } from './processes';
import type { JobSample } from './python';
import type { DataStagesInput, DataStagesResult, dataStages } from './workflow';

const WORKFLOW_QUEUE = 'bench-data';

export interface MillraceSample extends JobSample {
  /** CPU time of the object store, which the peers have no use for. */
  readonly storeCpuSeconds: number;
  /** Seconds of each activity. */
  readonly stages: Readonly<Record<string, number>>;
  readonly rows: number;
  readonly quarantined: number;
}

export interface MillraceBench {
  /** Lands files in a pipeline of their own or a given one, and lets a fresh worker process do the data stages. */
  readonly process: (pipeline: string, files: readonly string[]) => Promise<MillraceSample>;
  /** Makes a folder that shows a pipeline's tables and quarantine as the peers' results lie. */
  readonly linkResult: (pipeline: string, target: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A real object store and a real Temporal server for the real data worker (`millrace worker`). */
export async function startMillrace(): Promise<MillraceBench> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  // One after the other: both look for free ports.
  const temporal = await startTemporal();
  const { server, store } = await startLakeServer([LAKE], ['backup']);
  const scratch = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  const connection = await Connection.connect({ address: temporal.address });
  const native = await NativeConnection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const workflows = await Worker.create({
    connection: native,
    taskQueue: WORKFLOW_QUEUE,
    workflowsPath: require.resolve('./workflow'),
  });
  const running = workflows.run();
  const variables = workerVariables(temporal.address, server, path.join(scratch, 'attempts'));
  return {
    process: async (pipeline, files) => {
      const input = await landFiles(store, pipeline, files);
      const worker = await startDataWorker(variables);
      try {
        return await measureRun(client, input, worker.pid ?? 0, server.pid);
      } finally {
        await stopWorker(worker);
      }
    },
    linkResult: (pipeline, target) =>
      linkResult(path.join(server.directory, 'objects', LAKE), pipeline, target),
    stop: async () => {
      workflows.shutdown();
      await running;
      await connection.close();
      await native.close();
      await Promise.all([temporal.stop(), server.stop()]);
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

async function measureRun(
  client: Client,
  input: DataStagesInput,
  workerPid: number,
  storePid: number,
): Promise<MillraceSample> {
  const workflowId = `${input.run.pipeline}/${input.run.batchDigest}`;
  const usage = meterUsage(workerPid);
  const storeUsage = meterUsage(storePid);
  const began = performance.now();
  const { validated }: DataStagesResult = await client.workflow.execute<typeof dataStages>('dataStages', {
    taskQueue: WORKFLOW_QUEUE,
    workflowId,
    args: [input],
  });
  const seconds = (performance.now() - began) / 1000;
  const { cpuSeconds, peakMegabytes } = usage.stop();
  const { activities } = await runTimes(client, workflowId);
  return {
    seconds,
    cpuSeconds,
    peakMegabytes,
    storeCpuSeconds: storeUsage.stop().cpuSeconds,
    stages: Object.fromEntries(
      activities.map(({ type, startMs, endMs }) => [type, (endMs - startMs) / 1000]),
    ),
    rows: validated.rows,
    quarantined: validated.quarantinedRows,
  };
}

function workerVariables(
  temporalAddress: string,
  { endpoint, region, credentials }: LocalObjectStore,
  scratchDirectory: string,
): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    NODE_ENV: 'production',
    UV_THREADPOOL_SIZE: '16',
    TEMPORAL_ADDRESS: temporalAddress,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    MILLRACE_LAKE_BUCKET: LAKE,
    MILLRACE_SCRATCH_DIR: scratchDirectory,
    MILLRACE_MEMORY_LIMIT_MB: String(MEMORY_LIMIT_MEGABYTES),
  };
}

async function startDataWorker(variables: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const worker = spawn(
    process.execPath,
    [path.join(REPOSITORY, 'bin', 'millrace.cjs'), 'worker', '--queues', TASK_QUEUES.data],
    { env: variables, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ready = new Promise<void>((resolve, reject) => {
    worker.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('worker ready')) resolve();
    });
    worker.once('exit', (code) => {
      reject(new Error(`The data worker ended with ${code} before it was ready`));
    });
  });
  await ready;
  return worker;
}

async function stopWorker(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null) return;
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
}

async function linkResult(lake: string, pipeline: string, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await mkdir(path.join(target, 'quarantine'), { recursive: true });
  for (const table of ['clean', 'features'] as const) {
    await symlink(path.join(lake, lakeLayout.table(pipeline, table)), path.join(target, table));
  }
  const quarantine = path.join(lake, 'quarantine', pipeline);
  for (const batch of await readdir(quarantine)) {
    for (const name of await readdir(path.join(quarantine, batch))) {
      if (!name.endsWith('.parquet')) continue;
      await symlink(path.join(quarantine, batch, name), path.join(target, 'quarantine', `${batch}-${name}`));
    }
  }
}
