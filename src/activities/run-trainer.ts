import { join } from 'node:path';
import type { TrainingBackend, TrainingJob } from '../ports/training-backend';
import type { StageDependencies } from './stage-dependencies';
import { createCheckpointSync } from './train-checkpoints';

/** Progress details travel with every heartbeat. */
const MAX_PROBLEM = 300;

/** Resumes at the newest checkpoint in the lake and leaves the newest one there, also when it is stopped. */
export async function runTrainer(
  deps: Pick<StageDependencies, 'store' | 'lakeBucket' | 'signal' | 'progress'> & {
    readonly backend: TrainingBackend;
  },
  pipeline: string,
  trainDigest: string,
  job: TrainingJob,
): Promise<void> {
  const checkpoints = createCheckpointSync(deps, {
    pipeline,
    trainDigest,
    directory: join(job.directory, 'checkpoints'),
    onError: (error) => {
      const problem = (error instanceof Error ? error.message : String(error)).slice(0, MAX_PROBLEM);
      deps.progress({ stage: 'train', event: 'checkpoint not uploaded', problem });
    },
  });
  await checkpoints.restore();
  try {
    await deps.backend.train(job, {
      signal: deps.signal(),
      onEvent: (event) => {
        if (event.event === 'checkpoint') checkpoints.upload();
        deps.progress({ stage: 'train', event: event.event, round: 'round' in event ? event.round : 0 });
      },
    });
  } finally {
    // A trainer that is asked to stop writes one more.
    await checkpoints.flush();
  }
}
