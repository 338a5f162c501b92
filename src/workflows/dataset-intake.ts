import {
  allHandlersFinished,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  executeChild,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { BatchRef, IntakeSettings } from '../contracts/activities/control';
import {
  intakeProgressQuery,
  objectLandedSignal,
  pauseSignal,
  resumeSignal,
  type DatasetIntakeInput,
  type IntakeProgress,
} from '../contracts/messages';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';
import { workflowIds } from '../contracts/workflow-names';
import { IntakeQueue } from '../domain/intake';
import { pipelineRun } from './pipeline-run';
import { control } from './support/activities';
import { isCancellation, rootMessage } from './support/failures';

/** A plan that is missing or a store that is down is tried again after this time, or when another event comes. */
const RETRY_AFTER = '1 minute';

/** One entity per pipeline: collects object events, forms batches, runs one at a time, for ever. */
export async function datasetIntake(input: DatasetIntakeInput): Promise<void> {
  const queue = new IntakeQueue(input.carried);
  let state: IntakeProgress['state'] = 'idle';
  let currentRun: string | undefined;
  let lastRun: string | undefined;

  const enter = (next: IntakeProgress['state'], note = ''): void => {
    state = next;
    const { events, duplicates, runs, failedRuns } = queue.counts;
    setCurrentDetails(
      `**${next}** ${note}\n\n${queue.size} pending, ${events} events, ${duplicates} duplicates, ${runs} runs, ${failedRuns} failed`,
    );
  };
  setHandler(objectLandedSignal, ({ objects }) => {
    queue.add(objects);
  });
  setHandler(pauseSignal, () => {
    queue.paused = true;
  });
  setHandler(resumeSignal, () => {
    queue.paused = false;
  });
  setHandler(intakeProgressQuery, () => ({
    pipeline: input.pipeline,
    state: queue.paused && state !== 'running' ? 'paused' : state,
    pending: queue.size,
    ...(currentRun ? { currentRun } : {}),
    ...(lastRun ? { lastRun } : {}),
    totals: queue.counts,
  }));
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.pipeline, value: input.pipeline }]);

  while (!workflowInfo().continueAsNewSuggested) {
    enter('idle');
    await condition(() => queue.size > 0 && !queue.paused);
    enter('collecting');
    const settings = await readSettings(input.pipeline, queue);
    if (!settings) continue;
    await collect(queue, settings);
    if (queue.paused) continue;
    const batch = await resolve(input.pipeline, queue, settings);
    if (!batch) continue;
    currentRun = workflowIds.run(input.pipeline, batch.digest);
    enter('running', currentRun);
    await runBatch(input.pipeline, settings.planDigest, batch, queue);
    lastRun = currentRun;
    currentRun = undefined;
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof datasetIntake>({ pipeline: input.pipeline, carried: queue.carry() });
}

/** Events may come before the pipeline is applied; they wait instead of being lost. */
async function readSettings(pipeline: string, queue: IntakeQueue): Promise<IntakeSettings | undefined> {
  try {
    return await control.readIntakeSettings.executeWithOptions({ summary: 'Read the current plan' }, [
      { pipeline },
    ]);
  } catch (error) {
    await pauseAfterFailure(queue, error);
    return undefined;
  }
}

/** Waits until the batch is full or nothing came for the quiet time. */
async function collect(queue: IntakeQueue, { batch }: IntakeSettings): Promise<void> {
  let arrivals = queue.arrivals;
  while (
    queue.size < batch.maxObjects &&
    (await condition(() => queue.arrivals !== arrivals, batch.quietSeconds * 1000))
  ) {
    arrivals = queue.arrivals;
  }
}

/** Looks the hints up and writes the batch document. When that fails, the hints are kept and their turn comes again. */
async function resolve(
  pipeline: string,
  queue: IntakeQueue,
  settings: IntakeSettings,
): Promise<BatchRef | undefined> {
  const hints = queue.takeBatch(settings.batch.maxObjects);
  try {
    const resolved = await control.resolveBatch.executeWithOptions(
      { summary: `Look up ${hints.length} objects` },
      [{ pipeline, planDigest: settings.planDigest, hints }],
    );
    queue.putBack(hints.slice(hints.length - resolved.deferred));
    queue.count({ duplicates: resolved.skipped });
    return resolved.batch;
  } catch (error) {
    queue.putBack(hints);
    await pauseAfterFailure(queue, error);
    return undefined;
  }
}

async function pauseAfterFailure(queue: IntakeQueue, error: unknown): Promise<void> {
  if (isCancellation(error)) throw error;
  setCurrentDetails(`**waiting**, ${queue.size} pending: ${rootMessage(error)}`);
  const arrivals = queue.arrivals;
  await condition(() => queue.arrivals !== arrivals, RETRY_AFTER);
}

/** A failed run waits for a person; the feed goes on with the next batch. */
async function runBatch(
  pipeline: string,
  planDigest: string,
  batch: BatchRef,
  queue: IntakeQueue,
): Promise<void> {
  queue.count({ runs: 1 });
  try {
    await executeChild(pipelineRun, {
      workflowId: workflowIds.run(pipeline, batch.digest),
      args: [{ pipeline, planDigest, batch: { digest: batch.digest, uri: batch.uri }, trigger: 'event' }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      staticSummary: `Batch of ${pipeline}, objects: ${batch.objects}`,
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      queue.count({ duplicates: batch.objects, runs: -1 });
    else if (error instanceof ChildWorkflowFailure) queue.count({ failedRuns: 1 });
    else throw error;
  }
}
