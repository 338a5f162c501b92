/** One training job in the SageMaker container contract: directories in, directories out. */
export interface TrainingJob {
  readonly jobName: string;
  /** Becomes `/opt/ml` for the trainer; holds `input/`, `model/`, `output/`, `checkpoints/`. */
  readonly directory: string;
}

export type TrainingEvent =
  | { readonly event: 'started'; readonly rounds: number }
  | { readonly event: 'resumed'; readonly round: number }
  | { readonly event: 'progress'; readonly round: number; readonly rounds: number }
  /** A new checkpoint file lies in `checkpoints/`. */
  | { readonly event: 'checkpoint'; readonly round: number }
  | { readonly event: 'finished'; readonly round: number };

export interface TrainingOptions {
  readonly onEvent: (event: TrainingEvent) => void;
  /** Aborting stops the trainer (SIGTERM, then SIGKILL after 5 s). */
  readonly signal: AbortSignal;
}

/**
 * Runs training jobs to their end.
 *
 * Failures: `PermanentFailure('TrainerRejectedJob')` when the trainer says that a retry cannot help;
 * `TransientFailure('TrainerFailed')` for any other exit, a signal included.
 */
export interface TrainingBackend {
  /** Digest of trainer code, pinned libraries and device kind: with equal inputs, equal identity gives equal bytes. */
  readonly identity: () => Promise<string>;
  readonly train: (job: TrainingJob, options: TrainingOptions) => Promise<void>;
}
