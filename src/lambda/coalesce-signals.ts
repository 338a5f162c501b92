import type { ObjectHint } from '../contracts/messages';

type SignalIntake = (pipeline: string, hints: readonly ObjectHint[]) => Promise<void>;

/** As much as one signal may hold; see chunk-hints. */
const MAX_HINTS_BYTES = 6_000;

interface Waiting {
  readonly hints: readonly ObjectHint[];
  readonly bytes: number;
  readonly done: PromiseWithResolvers;
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins what comes for a pipeline while a signal to it is on its way into the next one (group commit): a lone event
 * waits for nothing, a storm costs a few signals. Each caller hears how the signal with its hints went.
 */
export function coalesceSignals(signalIntake: SignalIntake): SignalIntake {
  const queues = new Map<string, Waiting[]>();

  const drain = async (pipeline: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      const group = takeGroup(queue);
      try {
        await signalIntake(
          pipeline,
          group.flatMap(({ hints }) => hints),
        );
        for (const { done } of group) done.resolve();
      } catch (error) {
        for (const { done } of group) done.reject(error);
      }
    }
    queues.delete(pipeline);
  };

  return (pipeline, hints) => {
    const waiting: Waiting = {
      hints,
      bytes: Buffer.byteLength(JSON.stringify(hints)),
      done: withResolvers(),
    };
    const queue = queues.get(pipeline);
    if (queue) queue.push(waiting);
    else {
      const fresh = [waiting];
      queues.set(pipeline, fresh);
      void drain(pipeline, fresh);
    }
    return waiting.done.promise;
  };
}

/** The first ones that fit together; always one. */
function takeGroup(queue: Waiting[]): readonly Waiting[] {
  let bytes = 0;
  const end = queue.findIndex((waiting, index) => (bytes += waiting.bytes) > MAX_HINTS_BYTES && index > 0);
  return queue.splice(0, end < 0 ? queue.length : end);
}

function withResolvers(): PromiseWithResolvers {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { promise, resolve, reject };
}
