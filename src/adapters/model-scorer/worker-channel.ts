import type { Worker } from 'node:worker_threads';
import { TransientFailure } from '../../ports/failures';
import type { ScorerReply, ScorerRequest } from './messages';

export interface WorkerChannel {
  /** False once the thread has ended, for whatever reason. */
  readonly alive: () => boolean;
  /**
   * Sends a request and waits for its answer. Buffers in `moved` become unusable here.
   * @throws TransientFailure EngineFailed when the thread ends first; Error with the thread's own message.
   */
  readonly ask: (request: ScorerRequest, moved?: readonly ArrayBuffer[]) => Promise<Float32Array | undefined>;
  /** Ends the thread after the requests under way. */
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly resolve: (scores: Float32Array | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Pairs questions to a thread with its answers. */
export function openWorkerChannel(worker: Worker): WorkerChannel {
  const waiting = new Map<number, Waiting>();
  const underWay = new Set<Promise<unknown>>();
  let nextId = 0;
  let ended: TransientFailure | undefined;

  const end = (failure: TransientFailure): void => {
    ended ??= failure;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('message', (reply: ScorerReply) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('problem' in reply) asked?.reject(new Error(reply.problem));
    else asked?.resolve(reply.scores);
  });
  worker.on('error', (error) => {
    end(threadEnded({ error: error.message }, error));
  });
  worker.on('exit', (exitCode) => {
    end(threadEnded({ exitCode }));
  });

  const ask = (
    request: ScorerRequest,
    moved: readonly ArrayBuffer[] = [],
  ): Promise<Float32Array | undefined> => {
    if (ended !== undefined) return Promise.reject(ended);
    const id = nextId++;
    const answer = new Promise<Float32Array | undefined>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
    });
    worker.postMessage({ id, request }, moved);
    underWay.add(answer);
    return answer.finally(() => underWay.delete(answer));
  };

  return {
    alive: () => ended === undefined,
    ask,
    close: async () => {
      await Promise.allSettled(underWay);
      await worker.terminate();
    },
  };
}

function threadEnded(fields: Readonly<Record<string, string | number>>, cause?: Error): TransientFailure {
  return new TransientFailure('EngineFailed', 'The scoring thread ended', fields, cause ? { cause } : {});
}
