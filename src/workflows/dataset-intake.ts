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
  type IntakeCarriedState,
  type IntakeProgress,
} from '../contracts/messages';
import { askTurnUpdate, turnOverSignal } from '../contracts/turn-messages';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';
import { workflowIds } from '../contracts/workflow-names';
import { IntakeQueue } from '../domain/intake';
import { Turns } from '../domain/turns';
import { FIRST_RERUN_MS } from './support/child-run';
import { collect, nextBatch, readSettings, type BatchContext, type NextBatch } from './support/intake-batch';
import { awaitTurnEnd, giveTurn } from './support/give-turns';
import { driveRun } from './support/intake-run';

/** About 1.5 KB for continue-as-new; whoever is beyond asks again. */
const MAX_WAITING_RUNS = 10;

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
  const turns = turnsOf(carried);
  handleSignals(queue, turns);
  setHandler(intakeProgressQuery, () => ({
    pipeline,
    state: queue.paused && state !== 'running' ? 'paused' : state,
    pending: queue.size,
    waitingRuns: turns.queued,
    ...(queue.pauseNote ? { pauseNote: queue.pauseNote } : {}),
    ...currentRun(turns, current),
    ...(lastRun ? { lastRun } : {}),
    totals: queue.counts,
  }));
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.pipeline, value: pipeline }]);

  const isLong = (): boolean => workflowInfo().continueAsNewSuggested;
  const isWanted = (): boolean => turns.isWanted;
  const context: BatchContext = { pipeline, queue, turns, isLong };
  const enter = (next: IntakeProgress['state'], note = ''): void => {
    state = next;
    setCurrentDetails(describe(next, note, queue));
  };
  while (!isLong()) {
    const [guest] = turns.holders;
    if (guest) {
      enter('running', guest.workflowId);
      await awaitTurnEnd(turns, guest, isLong);
      continue;
    }
    if (turns.queued > 0 && turns.isFree) {
      await giveTurn(turns);
      continue;
    }
    if (current) {
      enter('running', current.workflowId);
      lastRun = current.workflowId;
      current = await driveRun(context, current);
      continue;
    }
    enter('idle');
    await condition(() => (queue.size > 0 && !queue.paused) || isWanted() || isLong());
    if (isWanted() || isLong()) continue;
    enter('collecting');
    const settings = await readSettings(context);
    if (!settings) continue;
    collectingSinceMs ??= Date.now();
    await collect(context, settings, collectingSinceMs);
    if (queue.paused || isWanted() || isLong()) continue;
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
      ...(turns.isWanted ? { turns: turns.carry() } : {}),
      ...(collectingSinceMs === undefined ? {} : { collectingSinceMs }),
    },
  });
}

/** A run that was on its way when the history became long still is. */
function turnsOf(carried: IntakeCarriedState | undefined): Turns {
  const { current, turns } = carried ?? {};
  const own = current?.startAtMs === undefined ? current?.workflowId : undefined;
  return new Turns({ limit: 1, maxWaiting: MAX_WAITING_RUNS }, turns, own);
}

function handleSignals(queue: IntakeQueue, turns: Turns): void {
  setHandler(askTurnUpdate, ({ workflowId, runId }) => turns.ask({ workflowId, runId }));
  setHandler(turnOverSignal, (holder) => {
    turns.over(holder);
  });
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

function currentRun(turns: Turns, current: CurrentRun | undefined): { readonly currentRun?: string } {
  const workflowId = turns.holders[0]?.workflowId ?? current?.workflowId;
  return workflowId === undefined ? {} : { currentRun: workflowId };
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
