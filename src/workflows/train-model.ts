import { setCurrentDetails } from '@temporalio/workflow';
import type { TrainInput } from '../contracts/activities/stages';
import type { NotTrained, TrainResult } from '../domain/stage';
import { training } from './support/activities';
import { ownTurn } from './support/own-turn';

/** One training job. An attempt that dies resumes at the newest checkpoint, on whatever worker takes it over. */
export async function trainModel(input: TrainInput): Promise<TrainResult | NotTrained> {
  const summary = `Train ${input.run.pipeline} on feature table version ${input.featuresVersion}`;
  const { maxTrainings, ...job } = input;
  const turn = ownTurn(maxTrainings === undefined ? undefined : { trainings: maxTrainings });
  try {
    await turn.begin();
    return await train(job, summary);
  } finally {
    await turn.end();
  }
}

async function train(job: TrainInput, summary: string): Promise<TrainResult | NotTrained> {
  setCurrentDetails(summary);
  const result = await training.train.executeWithOptions({ summary }, [job]);
  setCurrentDetails(`${summary}: ${outcome(result)}`);
  return result;
}

function outcome(result: TrainResult | NotTrained): string {
  if ('notTrained' in result) return result.notTrained;
  const { trainRows, holdoutFrom, device, reused } = result;
  return `${trainRows} rows, holdout from ${holdoutFrom}, on ${device}${reused ? ' (reused)' : ''}`;
}
