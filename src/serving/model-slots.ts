import { PermanentFailure } from '../ports/failures';
import type { ModelLoader } from './model-loader';
import type { ServedModel } from './served-model';

/** The model versions in memory. One is closed when it is no longer wanted and no request works with it any more. */
export interface ModelSlots {
  /** Loads a version; again, or at the same time, is a no-op. */
  readonly load: (pipeline: string, version: number) => Promise<void>;
  readonly has: (pipeline: string, version: number) => boolean;
  /** @throws PermanentFailure NotFound when the version is not loaded. */
  readonly use: <T>(
    pipeline: string,
    version: number,
    work: (model: ServedModel) => Promise<T>,
  ) => Promise<T>;
  /** Lets go of all of a pipeline's loaded versions but `keep`. */
  readonly retireOthers: (pipeline: string, keep: number | undefined) => void;
  /** In ascending order. */
  readonly versions: (pipeline: string) => readonly number[];
  readonly close: () => Promise<void>;
}

interface Slot {
  readonly model: ServedModel;
  users: number;
  retired: boolean;
}

/** @param onProblem is told of faults that no request waits for. */
export function createModelSlots(loadModel: ModelLoader, onProblem: (message: string) => void): ModelSlots {
  const loads = new Map<string, Promise<void>>();
  const slots = new Map<string, Slot>();
  const closer = createCloser(onProblem);

  const retire = (key: string, slot: Slot): void => {
    slots.delete(key);
    loads.delete(key);
    slot.retired = true;
    closer.closeIfIdle(slot);
  };
  const load = async (pipeline: string, version: number): Promise<void> => {
    const key = slotKey(pipeline, version);
    const known = loads.get(key);
    if (known !== undefined) return known;
    const loading = loadModel(pipeline, version).then((model) => {
      slots.set(key, { model, users: 0, retired: false });
    });
    loads.set(key, loading);
    // A version that could not be loaded may be there the next time.
    loading.catch(() => loads.delete(key));
    return loading;
  };

  return {
    load,
    has: (pipeline, version) => slots.has(slotKey(pipeline, version)),
    use: (pipeline, version, work) => {
      const slot = slots.get(slotKey(pipeline, version));
      if (slot === undefined) return Promise.reject(notLoaded(pipeline, version));
      return useSlot(slot, work, closer.closeIfIdle);
    },
    retireOthers: (pipeline, keep) => {
      for (const [key, slot] of slots) {
        if (slot.model.pipeline === pipeline && slot.model.version !== keep) retire(key, slot);
      }
    },
    versions: (pipeline) => versionsOf(pipeline, [...slots.values()]),
    close: async () => {
      await Promise.allSettled(loads.values());
      for (const [key, slot] of slots) retire(key, slot);
      await closer.settled();
    },
  };
}

async function useSlot<T>(
  slot: Slot,
  work: (model: ServedModel) => Promise<T>,
  afterwards: (slot: Slot) => void,
): Promise<T> {
  slot.users += 1;
  try {
    return await work(slot.model);
  } finally {
    slot.users -= 1;
    afterwards(slot);
  }
}

function createCloser(onProblem: (message: string) => void): {
  readonly closeIfIdle: (slot: Slot) => void;
  readonly settled: () => Promise<unknown>;
} {
  const closing = new Set<Promise<void>>();
  return {
    closeIfIdle: ({ model, retired, users }) => {
      if (!retired || users > 0) return;
      const closed: Promise<void> = model
        .close()
        .catch((error: unknown) => {
          onProblem(`Closing ${slotKey(model.pipeline, model.version)} failed: ${String(error)}`);
        })
        .finally(() => closing.delete(closed));
      closing.add(closed);
    },
    settled: () => Promise.all(closing),
  };
}

function slotKey(pipeline: string, version: number): string {
  return `${pipeline}@${version}`;
}

function versionsOf(pipeline: string, slots: readonly Slot[]): readonly number[] {
  return slots
    .filter(({ model }) => model.pipeline === pipeline)
    .map(({ model }) => model.version)
    .sort((left, right) => left - right);
}

function notLoaded(pipeline: string, version: number): PermanentFailure {
  return new PermanentFailure('NotFound', 'This model version is not loaded', { pipeline, version });
}
