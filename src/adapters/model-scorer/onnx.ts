import { readFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { PermanentFailure, TransientFailure } from '../../ports/failures';
import type { FeatureMatrix, LoadedModel, ModelOutput, ModelScorer } from '../../ports/model-scorer';
import { startWorker } from './start-worker';
import { openWorkerChannel, type WorkerChannel } from './worker-channel';

// From its package: the runtime itself is loaded in the threads only.
const { version: RUNTIME_VERSION } = JSON.parse(
  readFileSync(require.resolve('onnxruntime-node/package.json'), 'utf8'),
) as { readonly version: string };

/**
 * ONNX Runtime, one thread per loaded model: `session.run` blocks the thread that calls it. When a thread dies, the
 * scores under way fail with `TransientFailure('EngineFailed')` and the next one starts a new thread.
 */
export function createOnnxScorer(start: () => Worker = startWorker): ModelScorer {
  return {
    version: `onnxruntime-node ${RUNTIME_VERSION}`,
    load: (modelPath, output) => loadModel(start, modelPath, output),
  };
}

async function loadModel(start: () => Worker, modelPath: string, output: ModelOutput): Promise<LoadedModel> {
  let channel = startChannel(start(), modelPath, output);
  let closed = false;
  await channel;

  const liveChannel = async (): Promise<WorkerChannel> => {
    const current = channel;
    if (await isAlive(current)) return current;
    // Only the first of several waiting scores replaces the thread.
    if (channel === current) channel = startChannel(start(), modelPath, output);
    return channel;
  };

  return {
    score: async (matrix) => {
      if (closed) throw new TransientFailure('EngineFailed', 'The model is closed', { modelPath });
      if (matrix.rows === 0) return new Float32Array(0);
      return scoreWith(await liveChannel(), matrix, modelPath);
    },
    close: async () => {
      closed = true;
      if (await isAlive(channel)) await (await channel).close();
    },
  };
}

function isAlive(channel: Promise<WorkerChannel>): Promise<boolean> {
  return channel.then(
    (opened) => opened.alive(),
    () => false,
  );
}

async function startChannel(worker: Worker, path: string, output: ModelOutput): Promise<WorkerChannel> {
  const channel = openWorkerChannel(worker);
  try {
    await channel.ask({ kind: 'load', path, output });
    return channel;
  } catch (error) {
    await channel.close();
    throw integrityFailure('Not a usable ONNX model', { path }, error);
  }
}

async function scoreWith(
  channel: WorkerChannel,
  { values, rows, columns }: FeatureMatrix,
  modelPath: string,
): Promise<Float32Array> {
  // A copy is moved, so that the caller's array stays usable; copying 4096 rows costs a fraction of scoring them.
  const copy = values.slice(0, rows * columns);
  try {
    const scores = await channel.ask({ kind: 'score', values: copy, rows, columns }, [copy.buffer]);
    return scores ?? new Float32Array(0);
  } catch (error) {
    throw integrityFailure('The model refused the rows', { modelPath, rows, columns }, error);
  }
}

function integrityFailure(
  message: string,
  fields: Readonly<Record<string, string | number>>,
  error: unknown,
): Error {
  if (error instanceof TransientFailure) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new PermanentFailure('IntegrityError', `${message}: ${detail}`, fields, { cause: error });
}
