import { createTransformActivity } from '../../src/activities/transform';
import { createPartitionsActivity } from '../../src/activities/transform-partitions';
import type { StageDependencies } from '../../src/activities/stage-dependencies';
import type { TransformDependencies } from '../../src/activities/transformation/transform-context';
import type { TransformInput, TransformWork } from '../../src/contracts/activities/stages';
import type { TransformResult } from '../../src/domain/stage';
import { mapConcurrent } from '../../src/lake/map-concurrent';

export interface SplitTransform {
  /** Works on the groups in turn; default: one, which has the dependencies of the stage. */
  readonly workers?: readonly StageDependencies[];
  /** Between a work list and its groups. */
  readonly onWork?: (answer: TransformWork) => void | Promise<void>;
}

/** The transform stage as the workflow runs it (src/workflows/support/publish-tables.ts). */
export async function transformToEnd(
  deps: TransformDependencies,
  input: TransformInput,
  { workers = [deps], onWork }: SplitTransform = {},
): Promise<TransformResult> {
  const transform = createTransformActivity(deps);
  let answer = await transform(input);
  while ('work' in answer) {
    const { work, groups, parallel } = answer;
    await onWork?.(answer);
    await mapConcurrent([...Array(groups).keys()], parallel, async (group) => {
      const worker = workers[group % workers.length] ?? deps;
      await createPartitionsActivity({ ...worker, lastHeartbeat: () => undefined })({
        ...input,
        work,
        group,
      });
    });
    answer = await transform({ ...input, work });
  }
  return answer;
}
