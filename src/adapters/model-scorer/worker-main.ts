import type * as threads from 'node:worker_threads';
import type * as onnxruntime from 'onnxruntime-node';
import type { InferenceSession, TypedTensor } from 'onnxruntime-node';
import type { ModelOutput } from '../../ports/model-scorer';
import type { ScorerReply, ScorerRequest, WorkerStart } from './messages';

/**
 * The scoring thread. Its compiled text is what the thread runs (see start-worker.ts), so it must use nothing from
 * outside itself but types and its parameter: no imports, no helpers beside it.
 */
export function workerMain(load: (path: string) => unknown): void {
  const { parentPort, ...thread } = load('node:worker_threads') as typeof threads;
  const runtime = load((thread.workerData as WorkerStart).runtimePath) as typeof onnxruntime;
  let session: InferenceSession | undefined;
  let output: ModelOutput = { input: '', output: '', outputIndex: 0 };

  const score = async (values: Float32Array, rows: number, columns: number): Promise<Float32Array> => {
    if (session === undefined) throw new Error('no model is loaded');
    const input = new runtime.Tensor('float32', values, [rows, columns]);
    const results = await session.run({ [output.input]: input }, [output.output]);
    const tensor = results[output.output] as TypedTensor<'float32'>;
    const width = tensor.data.length / rows;
    const scores = new Float32Array(rows);
    for (let row = 0; row < rows; row += 1)
      scores[row] = tensor.data[row * width + output.outputIndex] ?? NaN;
    return scores;
  };

  const openSession = async (path: string, wanted: ModelOutput): Promise<void> => {
    // One thread: several spin while they wait, which costs more than it gains beside other work.
    session = await runtime.InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    output = wanted;
    const missing = [
      ...(session.inputNames.includes(wanted.input) ? [] : [`input ${wanted.input}`]),
      ...(session.outputNames.includes(wanted.output) ? [] : [`output ${wanted.output}`]),
    ];
    if (missing.length > 0) throw new Error(`the model has no ${missing.join(' and no ')}`);
  };

  const answer = async (id: number, request: ScorerRequest): Promise<void> => {
    const reply = (message: ScorerReply, moved: readonly ArrayBuffer[] = []): void => {
      parentPort?.postMessage(message, moved);
    };
    try {
      if (request.kind === 'load') {
        await openSession(request.path, request.output);
        reply({ id });
        return;
      }
      const scores = await score(request.values, request.rows, request.columns);
      reply({ id, scores }, [scores.buffer as ArrayBuffer]);
    } catch (error) {
      reply({ id, problem: error instanceof Error ? error.message : String(error) });
    }
  };

  parentPort?.on('message', ({ id, request }: { readonly id: number; readonly request: ScorerRequest }) => {
    void answer(id, request);
  });
}
