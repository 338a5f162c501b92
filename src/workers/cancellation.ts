import type { ObjectStore } from '../ports/object-store';

/**
 * What is under way when an activity is cancelled has this long to end; then it is given up. With the heartbeat that
 * brings the news this keeps the promise: 5 s.
 */
const PATIENCE_MS = 3_000;

/** Of the activity that is running now. */
export type CurrentSignal = () => AbortSignal;

/** When each signal was aborted, for calls that begin afterwards: they share the patience. */
const deadlines = new WeakMap<AbortSignal, number>();

/**
 * Waits for `work`, but not much longer once the signal is aborted. Whatever it began may still have its effect: nothing
 * but a conditional write publishes, so that does no harm.
 *
 * @param patienceMs for work that was begun before the abort; later work is tidying, and has the rest of 3 s
 */
export async function untilCancelled<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const allowedMs = signal.aborted ? deadlineOf(signal) - performance.now() : patienceMs;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    onAbort = () => {
      deadlineOf(signal);
      timer = setTimeout(() => {
        reject(signal.reason as Error);
      }, allowedMs);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work(), givenUp]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function deadlineOf(signal: AbortSignal): number {
  const deadline = deadlines.get(signal) ?? performance.now() + PATIENCE_MS;
  deadlines.set(signal, deadline);
  return deadline;
}

/** The same object, whose calls end soon after the activity that makes them is cancelled. All of them are asynchronous. */
export function cancellable<T extends object>(target: T, signal: CurrentSignal): T {
  const methods = Object.entries(target) as readonly [string, (...args: unknown[]) => Promise<unknown>][];
  return Object.fromEntries(
    methods.map(([name, method]) => [
      name,
      (...args: unknown[]) => untilCancelled(() => method(...args), signal()),
    ]),
  ) as T;
}

/** Reading changes nothing, so it is given up at once. */
const AT_ONCE = 0;

/** The same store for activities. */
export function cancellableStore(store: ObjectStore, signal: CurrentSignal): ObjectStore {
  async function* items<T>(list: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = list[Symbol.asyncIterator]();
    for (;;) {
      const next = await untilCancelled(() => iterator.next(), signal(), AT_ONCE);
      if (next.done === true) return;
      yield next.value;
    }
  }
  return {
    ...cancellable(store, signal),
    head: (at) => untilCancelled(() => store.head(at), signal(), AT_ONCE),
    open: (at) => {
      const opening = store.open(at);
      const current = signal();
      return untilCancelled(() => opening, current, AT_ONCE).catch((error: unknown) => {
        // Nobody waits for it any more; a failure of its own has been told.
        if (current.aborted) opening.then(({ body }) => body.destroy()).catch(() => undefined);
        throw error;
      });
    },
    list: (...args) => items(store.list(...args)),
    listVersions: (...args) => items(store.listVersions(...args)),
  };
}
