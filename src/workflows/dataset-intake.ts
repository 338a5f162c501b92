import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { WorkflowDefinitionOptions } from '@temporalio/common';
import {
  backlogFoundSignal,
  intakeProgressQuery,
  objectLandedSignal,
  pauseSignal,
  resumeSignal,
  runAgainSignal,
  type CurrentRun,
  type DatasetIntakeInput,
  type IntakeProgress,
} from '../contracts/messages';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';
import { workflowIds } from '../contracts/workflow-names';
import { IntakeQueue } from '../domain/intake';
import { FIRST_RERUN_MS } from './support/child-run';
import { collect, nextBatch, readSettings, type BatchContext, type NextBatch } from './support/intake-batch';
import { driveRun } from './support/intake-run';

// It lives for ever: pinned, it would keep the first build alive for ever too. Servers refuse a behaviour from workers
// that take no part in a deployment. No command depends on this, so replay does not either.
const followCurrentBuild = (): WorkflowDefinitionOptions =>
  workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {};
setWorkflowOptions(followCurrentBuild, datasetIntake);

/** One entity per pipeline: collects object events, forms batches, runs one at a time, for ever. */
export async function datasetIntake({ pipeline, carried }: DatasetIntakeInput): Promise<void> {
  const queue = new IntakeQueue(carried);
  let state: IntakeProgress['state'] = 'idle';
  let current = carried?.current;
  let lastRun = carried?.lastRun;
  let collectingSinceMs = carried?.collectingSinceMs;

  handleSignals(queue);
  setHandler(intakeProgressQuery, () => ({
    pipeline,
    state: queue.paused && state !== 'running' ? 'paused' : state,
    pending: queue.size,
    ...(queue.pauseNote ? { pauseNote: queue.pauseNote } : {}),
    ...(current ? { currentRun: current.workflowId } : {}),
    ...(lastRun ? { lastRun } : {}),
    totals: queue.counts,
  }));
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.pipeline, value: pipeline }]);

  const isLong = (): boolean => workflowInfo().continueAsNewSuggested;
  const context: BatchContext = { pipeline, queue, isLong };
  const enter = (next: IntakeProgress['state'], note = ''): void => {
    state = next;
    setCurrentDetails(describe(next, note, queue));
  };
  while (!isLong()) {
    if (current) {
      enter('running', current.workflowId);
      lastRun = current.workflowId;
      current = await driveRun(context, current);
      continue;
    }
    enter('idle');
    await condition(() => (queue.size > 0 && !queue.paused) || isLong());
    if (isLong()) break;
    enter('collecting');
    const settings = await readSettings(context);
    if (!settings) continue;
    collectingSinceMs ??= Date.now();
    await collect(context, settings, collectingSinceMs);
    if (queue.paused || isLong()) continue;
    collectingSinceMs = undefined;
    const next = await nextBatch(context, settings);
    if (next) current = firstTry(pipeline, settings.planDigest, next);
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof datasetIntake>({
    pipeline,
    carried: {
      ...queue.carry(),
      ...(current ? { current } : {}),
      ...(lastRun ? { lastRun } : {}),
      ...(collectingSinceMs === undefined ? {} : { collectingSinceMs }),
    },
  });
}

function handleSignals(queue: IntakeQueue): void {
  setHandler(objectLandedSignal, ({ objects }) => {
    queue.add(objects);
  });
  setHandler(backlogFoundSignal, (found) => {
    queue.offerBacklog(found);
  });
  setHandler(runAgainSignal, ({ request }) => {
    queue.askAgain(request);
  });
  setHandler(pauseSignal, (note) => {
    queue.paused = true;
    queue.pauseNote = note;
  });
  setHandler(resumeSignal, () => {
    queue.paused = false;
    queue.pauseNote = undefined;
  });
}

function firstTry(pipeline: string, planDigest: string, { batch, trigger }: NextBatch): CurrentRun {
  return {
    workflowId: workflowIds.run(pipeline, batch.digest),
    planDigest,
    batch: { digest: batch.digest, uri: batch.uri, objects: batch.objects },
    trigger,
    startAtMs: Date.now(),
    waitMs: FIRST_RERUN_MS,
  };
}

function describe(state: IntakeProgress['state'], note: string, queue: IntakeQueue): string {
  const { events, duplicates, runs, failedRuns } = queue.counts;
  return `**${state}** ${note}\n\n${queue.size} pending, ${events} events, ${duplicates} duplicates, ${runs} runs, ${failedRuns} failed`;
}
