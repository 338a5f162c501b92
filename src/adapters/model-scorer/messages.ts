import type { ModelOutput } from '../../ports/model-scorer';

/** What the main thread asks of a scoring thread; answered in order. */
export type ScorerRequest =
  | { readonly kind: 'load'; readonly path: string; readonly output: ModelOutput }
  | {
      readonly kind: 'score';
      readonly values: Float32Array;
      readonly rows: number;
      readonly columns: number;
    };

export type ScorerReply =
  { readonly id: number; readonly scores?: Float32Array } | { readonly id: number; readonly problem: string };

export interface WorkerStart {
  /** Resolved by the main thread: code given as text would look for packages in the working directory. */
  readonly runtimePath: string;
}
