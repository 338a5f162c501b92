import { setCurrentDetails } from '@temporalio/workflow';
import type { TrainInput } from '../contracts/activities/stages';
import type { TrainResult } from '../domain/stage';
import { training } from './support/activities';

/** One training job. An attempt that dies resumes at the newest checkpoint, on whatever worker takes it over. */
export async function trainModel(input: TrainInput): Promise<TrainResult> {
  const summary = `Train ${input.run.pipeline} on feature table version ${input.featuresVersion}`;
  setCurrentDetails(summary);
  const result = await training.train.executeWithOptions({ summary }, [input]);
  setCurrentDetails(
    `${summary}: ${result.trainRows} rows, holdout from ${result.holdoutFrom}, on ${result.device}${result.reused ? ' (reused)' : ''}`,
  );
  return result;
}
