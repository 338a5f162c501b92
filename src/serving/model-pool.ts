import { PermanentFailure } from '../ports/failures';
import type { ServingStatus } from '../ports/serving-admin';
import type { ModelSlots } from './model-slots';
import type { ServedModel } from './served-model';

/** Which of the loaded versions answers for each pipeline. A switch never drops a request. */
export interface ModelPool {
  /** Loads a version beside the live one. */
  readonly load: (pipeline: string, version: number) => Promise<void>;
  /**
   * Runs `work` with the live version, or with `version` when given, and keeps it open until then.
   * @throws PermanentFailure NotFound when it is not loaded.
   */
  readonly use: <T>(
    pipeline: string,
    version: number | undefined,
    work: (model: ServedModel) => Promise<T>,
  ) => Promise<T>;
  /** Sends new requests to `version`, loading it when needed; then lets go of all other versions. */
  readonly activate: (pipeline: string, version: number) => Promise<void>;
  /** No version answers any more. */
  readonly deactivate: (pipeline: string) => void;
  readonly status: (pipeline: string) => ServingStatus;
  readonly livePipelines: () => readonly string[];
}

export function createModelPool(
  slots: ModelSlots,
  onLiveVersion: (pipeline: string, version: number | undefined) => void,
): ModelPool {
  const live = new Map<string, number>();

  const setLive = (pipeline: string, version: number | undefined): void => {
    if (version === undefined) live.delete(pipeline);
    else live.set(pipeline, version);
    onLiveVersion(pipeline, version);
    slots.retireOthers(pipeline, version);
  };

  return {
    load: slots.load,
    use: async (pipeline, version, work) => {
      const wanted = version ?? live.get(pipeline);
      if (wanted === undefined) {
        throw new PermanentFailure('NotFound', 'No model is live for this pipeline', { pipeline });
      }
      return slots.use(pipeline, wanted, work);
    },
    activate: async (pipeline, version) => {
      // Another activation may let go of this version while it is waited for.
      do await slots.load(pipeline, version);
      while (!slots.has(pipeline, version));
      setLive(pipeline, version);
    },
    deactivate: (pipeline) => {
      setLive(pipeline, undefined);
    },
    status: (pipeline) => {
      const liveVersion = live.get(pipeline);
      const loadedVersions = slots.versions(pipeline);
      return { ...(liveVersion === undefined ? {} : { liveVersion }), loadedVersions };
    },
    livePipelines: () => [...live.keys()].sort(),
  };
}
