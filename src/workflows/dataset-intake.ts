import {
  allHandlersFinished,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  executeChild,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError, type WorkflowDefinitionOptions } from '@temporalio/common';
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
import { IntakeQueue, type ObjectHint } from '../domain/intake';
import { pipelineRun } from './pipeline-run';
import { batches, control } from './support/activities';
import { isCancellation, isFinal, rootMessage } from './support/failures';

/** A plan that is missing or a store that is down is tried again after this time, or when another event comes. */
const RETRY_AFTER = '1 minute';

// It lives for ever: pinned, it would keep the first build alive for ever too. Servers refuse a behaviour from workers
// that take no part in a deployment. No command depends on this, so replay does not either.
const followCurrentBuild = (): WorkflowDefinitionOptions =>
  workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {};
setWorkflowOptions(followCurrentBuild, datasetIntake);

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

  // A long history ends every wait: nothing may keep the entity from continuing as new.
  const historyIsLong = (): boolean => workflowInfo().continueAsNewSuggested;
  while (!historyIsLong()) {
    enter('idle');
    await condition(() => (queue.size > 0 && !queue.paused) || historyIsLong());
    if (historyIsLong()) break;
    enter('collecting');
    const settings = await readSettings(input.pipeline, queue);
    if (!settings) continue;
    await collect(queue, settings);
    if (queue.paused) continue;
    const next = await resolve(input.pipeline, queue, settings);
    if (!next) continue;
    currentRun = workflowIds.run(input.pipeline, next.batch.digest);
    enter('running', currentRun);
    await runBatch({ pipeline: input.pipeline, planDigest: settings.planDigest, ...next }, queue);
    lastRun = currentRun;
    currentRun = undefined;
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof datasetIntake>({ pipeline: input.pipeline, carried: queue.carry() });
}

/** Events may come before the pipeline is applied; they wait instead of being lost. */
async function readSettings(pipeline: string, queue: IntakeQueue): Promise<IntakeSettings | undefined> {
  const { arrivals } = queue;
  try {
    return await control.readIntakeSettings.executeWithOptions({ summary: 'Read the current plan' }, [
      { pipeline },
    ]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    await pauseAfterProblem(queue, arrivals, rootMessage(error));
    return undefined;
  }
}

/** A feed that never rests must not keep a batch open for ever. */
const MAX_QUIET_TIMES = 20;

/** Waits until the batch is full or nothing new came for the quiet time. */
async function collect(queue: IntakeQueue, { batch }: IntakeSettings): Promise<void> {
  const quietMs = batch.quietSeconds * 1000;
  const deadlineMs = Date.now() + MAX_QUIET_TIMES * quietMs;
  let arrivals = queue.arrivals;
  while (
    queue.size < batch.maxObjects &&
    Date.now() < deadlineMs &&
    (await condition(() => queue.arrivals !== arrivals, quietMs))
  ) {
    arrivals = queue.arrivals;
  }
}

interface NextBatch {
  readonly batch: BatchRef;
  readonly hints: readonly ObjectHint[];
}

/** Looks the hints up and writes the batch document. What cannot be processed now is kept for its turn. */
async function resolve(
  pipeline: string,
  queue: IntakeQueue,
  settings: IntakeSettings,
): Promise<NextBatch | undefined> {
  const hints = queue.takeBatch(settings.batch.maxObjects);
  const { arrivals } = queue;
  try {
    const { planDigest } = settings;
    const resolved = await batches.resolveBatch.executeWithOptions(
      { summary: `Look up objects: ${hints.length}` },
      [{ pipeline, planDigest, hints }],
    );
    const at = (indexes: readonly number[]): readonly ObjectHint[] =>
      hints.filter((_, index) => indexes.includes(index));
    queue.putBack(at(resolved.later));
    queue.putBack(at(resolved.blocked), 'end');
    queue.count({ duplicates: resolved.skipped });
    if (resolved.batch) return { batch: resolved.batch, hints };
    if (resolved.problem) await pauseAfterProblem(queue, arrivals, resolved.problem);
    return undefined;
  } catch (error) {
    queue.putBack(hints);
    if (isCancellation(error)) throw error;
    await pauseAfterProblem(queue, arrivals, rootMessage(error));
    return undefined;
  }
}

/** @param arrivals as they stood before what failed: news that came meanwhile are a reason to try at once. */
async function pauseAfterProblem(queue: IntakeQueue, arrivals: number, problem: string): Promise<void> {
  setCurrentDetails(`**waiting**, ${queue.size} pending: ${problem}`);
  await condition(() => queue.arrivals !== arrivals, RETRY_AFTER);
}

/** Waits between runs of a batch that failed for technical reasons: 30 s, doubled up to ten minutes. */
const FIRST_RERUN_MS = 30_000;
const LAST_RERUN_MS = 600_000;

/**
 * Runs a batch to its end. A technical failure is tried again, stage results are reused, until it works: an outage of
 * hours needs no person. After a final failure (bad input, stopped by wish) the feed goes on with the next batch.
 */
async function runBatch(next: NextBatch & RunOrder, queue: IntakeQueue): Promise<void> {
  queue.count({ runs: 1 });
  for (let waitMs = FIRST_RERUN_MS; ; waitMs = Math.min(2 * waitMs, LAST_RERUN_MS)) {
    try {
      await startRun(next);
      queue.remember(next.hints);
      return;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) {
        queue.count({ duplicates: next.batch.objects, runs: -1 });
        return;
      }
      if (!(error instanceof ChildWorkflowFailure)) throw error;
      if (isCancellation(error) || isFinal(error)) {
        queue.count({ failedRuns: 1 });
        return;
      }
      setCurrentDetails(
        `**running again** in ${waitMs / 1000} s, ${queue.size} pending: ${rootMessage(error)}`,
      );
      await sleep(waitMs);
    }
  }
}

interface RunOrder {
  readonly pipeline: string;
  readonly planDigest: string;
}

async function startRun({ pipeline, planDigest, batch }: NextBatch & RunOrder): Promise<void> {
  await executeChild(pipelineRun, {
    workflowId: workflowIds.run(pipeline, batch.digest),
    args: [{ pipeline, planDigest, batch: { digest: batch.digest, uri: batch.uri }, trigger: 'event' }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    staticSummary: `Batch of ${pipeline}, objects: ${batch.objects}`,
  });
}
