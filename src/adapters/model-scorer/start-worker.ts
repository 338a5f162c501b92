import { Worker } from 'node:worker_threads';
import type { WorkerStart } from './messages';
import { workerMain } from './worker-main';

/**
 * Starts a scoring thread. It runs the text of {@link workerMain} rather than a file, because a thread cannot load
 * TypeScript: so the same code runs from `dist` and from tests, with nothing to copy or to look up at run time.
 */
export function startWorker(): Worker {
  const workerData: WorkerStart = { runtimePath: require.resolve('onnxruntime-node') };
  return new Worker(`(${workerMain.toString()})(require)`, { eval: true, workerData });
}
