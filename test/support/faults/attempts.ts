// Attempts of activities, as the server sees them.
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { setTimeout as sleep } from 'node:timers/promises';
import { workflowIds } from '../../../src/contracts/workflow-names';
import { epochMs } from '../epoch-ms';
import type { TestStack } from '../millrace';

const LOOK_AGAIN_MS = 50;
const GIVE_UP_MS = 120_000;

/** An attempt that a worker is at. */
export interface Attempt {
  readonly workflowId: string;
  readonly activity: string;
  readonly attempt: number;
}

/** Stages that are one bulk activity each; two of them in a child workflow. */
export const BULK_STAGES = ['ingest', 'validate', 'transform', 'train', 'evaluate', 'backup'] as const;
export type BulkStage = (typeof BULK_STAGES)[number];

/** The workflow that schedules the activity of a stage, in the newest run of a pipeline; waits for that run. */
export async function stageWorkflow(stack: TestStack, pipeline: string, stage: BulkStage): Promise<string> {
  const runId = await newestRun(stack, pipeline);
  const digest = runId.slice(runId.lastIndexOf('/') + 1);
  if (stage === 'train') return workflowIds.train(pipeline, digest);
  return stage === 'backup' ? workflowIds.backup(pipeline, digest) : runId;
}

async function newestRun({ session }: TestStack, pipeline: string): Promise<string> {
  for (;;) {
    const runs = await session.runs();
    const intake = await runs.intake(pipeline).catch(() => undefined);
    const run = intake?.currentRun ?? intake?.lastRun;
    if (run) return run;
    await sleep(LOOK_AGAIN_MS);
  }
}

interface Pending {
  readonly attempt: number;
  /** A worker is at it, rather than it waiting for one or for its next try. */
  readonly started: boolean;
  /** Epoch milliseconds. A failure carries the last heartbeat with it, so only one after this start is a new sign. */
  readonly startedMs: number;
  /** Epoch milliseconds; 0 = none yet. */
  readonly heartbeatMs: number;
  /** What the last heartbeat said, as JSON. */
  readonly details: string;
}

/**
 * Waits until a worker is at the activity; a workflow that does not run yet is waited for, too. undefined when it is
 * over already.
 */
export async function waitForAttempt(
  client: Client,
  workflowId: string,
  activity: string,
): Promise<Attempt | undefined> {
  const deadline = performance.now() + GIVE_UP_MS;
  for (;;) {
    const found = await pendingActivity(client, workflowId, activity).catch(() => undefined);
    if (found?.started) return { workflowId, activity, attempt: found.attempt };
    if (!found && (await completion(client, workflowId, activity).catch(() => undefined))) return undefined;
    if (performance.now() > deadline) throw new Error(`${activity} did not start [workflow=${workflowId}]`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/**
 * When the attempt after this one gave its first sign, in epoch milliseconds: a heartbeat (whose details match
 * `sign`, if given) or its completion. undefined when this attempt completed the activity: the kill came too late.
 */
export async function nextSign(
  client: Client,
  { workflowId, activity, attempt }: Attempt,
  killedMs: number,
  sign = /./,
): Promise<number | undefined> {
  const deadline = performance.now() + GIVE_UP_MS;
  for (;;) {
    const now = await pendingActivity(client, workflowId, activity);
    if (!now) {
      const end = await completion(client, workflowId, activity);
      return end && end.attempt > attempt && end.atMs > killedMs ? end.atMs : undefined;
    }
    const isAlive =
      now.started && now.attempt > attempt && now.heartbeatMs > Math.max(killedMs, now.startedMs);
    if (isAlive && sign.test(now.details)) return now.heartbeatMs;
    if (performance.now() > deadline) throw new Error(`${activity} did not go on [workflow=${workflowId}]`);
    await sleep(LOOK_AGAIN_MS);
  }
}

async function pendingActivity(
  client: Client,
  workflowId: string,
  activity: string,
): Promise<Pending | undefined> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const found = raw.pendingActivities?.find(({ activityType }) => activityType?.name === activity);
  if (!found) return undefined;
  const details = found.heartbeatDetails?.payloads?.[0]?.data;
  return {
    attempt: found.attempt ?? 1,
    started: found.state === STARTED,
    startedMs: epochMs(found.lastStartedTime),
    heartbeatMs: epochMs(found.lastHeartbeatTime),
    details: details ? Buffer.from(details).toString('utf8') : '-',
  };
}

const STARTED = temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;

interface Completion {
  /** The one that completed the activity. */
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** How the attempt before it ended. */
  readonly lastFailure: Failure | undefined;
}

type Failure = temporal.api.failure.v1.IFailure;

/** undefined while the activity is not completed. */
export async function completion(
  client: Client,
  workflowId: string,
  activity: string,
): Promise<Completion | undefined> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const byId = new Map((events ?? []).map((event) => [String(event.eventId), event]));
  const completed = events?.findLast((event) => {
    const scheduled = byId.get(String(event.activityTaskCompletedEventAttributes?.scheduledEventId));
    return scheduled?.activityTaskScheduledEventAttributes?.activityType?.name === activity;
  });
  const started = byId.get(String(completed?.activityTaskCompletedEventAttributes?.startedEventId));
  if (!completed || !started) return undefined;
  const { attempt, lastFailure } = started.activityTaskStartedEventAttributes ?? {};
  return { attempt: attempt ?? 1, atMs: epochMs(completed.eventTime), lastFailure: lastFailure ?? undefined };
}

/** The first workflow task that was completed after this moment, in epoch milliseconds. */
export async function firstWorkflowTaskMs(
  client: Client,
  workflowId: string,
  afterMs: number,
): Promise<number | undefined> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? [])
    .filter((event) => event.workflowTaskCompletedEventAttributes)
    .map((event) => epochMs(event.eventTime))
    .find((completed) => completed > afterMs);
}

/**
 * Milliseconds from the request to cancel an activity to its end: cancelled, or completed by a write that was on its way;
 * undefined when it ended in another way.
 */
export async function endedAfterCancellation(
  client: Client,
  workflowId: string,
  activity: string,
): Promise<number | undefined> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const scheduled = events?.findLast(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity,
  );
  const isIts = (id: { readonly toString: () => string } | null | undefined): boolean =>
    id?.toString() === scheduled?.eventId?.toString();
  const asked = events?.find(
    ({ activityTaskCancelRequestedEventAttributes: its }) => its && isIts(its.scheduledEventId),
  );
  const ended = events?.find((event) => {
    const its = event.activityTaskCanceledEventAttributes ?? event.activityTaskCompletedEventAttributes;
    return its && isIts(its.scheduledEventId);
  });
  return asked && ended ? epochMs(ended.eventTime) - epochMs(asked.eventTime) : undefined;
}
