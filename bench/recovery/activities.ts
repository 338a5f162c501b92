// An activity that was cut off, as the server sees it.
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { setTimeout as sleep } from 'node:timers/promises';
import { epochMs } from '../lib/history';

const LOOK_AGAIN_MS = 50;
const GIVE_UP_MS = 120_000;

/** An attempt that a worker is at. */
export interface Attempt {
  readonly workflowId: string;
  readonly activity: string;
  readonly attempt: number;
}

interface Pending {
  readonly attempt: number;
  /** A worker is at it, rather than it waiting for one or for its next try. */
  readonly started: boolean;
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
    if (now.attempt > attempt && now.heartbeatMs > killedMs && sign.test(now.details)) return now.heartbeatMs;
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
}

async function completion(
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
  const attempt = started.activityTaskStartedEventAttributes?.attempt ?? 1;
  return { attempt, atMs: epochMs(completed.eventTime) };
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
