import { proxyActivities } from '@temporalio/workflow';
import { LIGHT_IO } from '../../../src/contracts/activity-profiles';

interface Call {
  readonly activity: string;
  readonly taskQueue: string;
  readonly input: unknown;
}

/** One activity and nothing around it. */
export async function callActivity({ activity, taskQueue, input }: Call): Promise<unknown> {
  const activities = proxyActivities<Record<string, (input: unknown) => Promise<unknown>>>({
    ...LIGHT_IO,
    taskQueue,
  });
  return activities[activity]?.(input);
}
