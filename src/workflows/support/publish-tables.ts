import { CancellationScope } from '@temporalio/workflow';
import type { TransformInput, TransformWork } from '../../contracts/activities/stages';
import type { TransformResult } from '../../domain/stage';
import { data } from './activities';
import type { RunTracker } from './run-tracker';

/** Merges a batch into the tables: by one activity or, when it is large, in groups of partitions beside each other. */
export async function publishTables(
  input: Omit<TransformInput, 'work'>,
  tracker: Pick<RunTracker, 'note'>,
): Promise<TransformResult> {
  const options = { summary: 'Publish table versions' };
  let answer = await data.transform.executeWithOptions(options, [input]);
  while ('work' in answer) {
    await workOff(input, answer, tracker);
    answer = await data.transform.executeWithOptions(options, [{ ...input, work: answer.work }]);
  }
  return answer;
}

/** All groups of a work list. When one fails for good, the others are stopped and waited for. */
async function workOff(
  input: Omit<TransformInput, 'work'>,
  { work, table, groups, parallel }: TransformWork,
  tracker: Pick<RunTracker, 'note'>,
): Promise<void> {
  let [next, done] = [0, 0];
  const lane = async (): Promise<void> => {
    while (next < groups) {
      const group = next++;
      const summary = `Make group ${group + 1} of ${groups} of the ${table} table`;
      await data.transformPartitions.executeWithOptions({ summary }, [{ ...input, work, group }]);
      tracker.note('transform', `${table}: ${(done += 1)} of ${groups} groups`);
    }
  };
  tracker.note('transform', `${table}: 0 of ${groups} groups`);
  const scope = new CancellationScope();
  await scope.run(async () => {
    const lanes = Array.from({ length: Math.min(parallel, groups) }, lane);
    try {
      await Promise.all(lanes);
    } catch (error) {
      scope.cancel();
      await Promise.allSettled(lanes);
      throw error;
    }
  });
}
