import { round } from '../lib/benchmark';
import type { EventServers } from './servers';
import { startTimes } from './started';
import { keyOf } from './ways-in';

export interface BurstSample {
  readonly repeat: number;
  /** From the first event to the start of the last workflow, as the histories tell it. */
  readonly allStartedSeconds: number;
  /** From the first event to the end of the last workflow's first task on a worker. */
  readonly allRunningSeconds: number;
}

/** An event for each of many pipelines, all at the same moment, through the receiver. */
export async function measureBurst(
  { client, receiver }: EventServers,
  pipelines: number,
  repeat: number,
): Promise<BurstSample> {
  const names = Array.from({ length: pipelines }, (_, index) => `burst-${repeat}-${index}`);
  const beganMs = performance.timeOrigin + performance.now();
  await Promise.all(names.map((name) => receiver.send(name, keyOf(name, 0))));
  const times = await startTimes(client, names, { running: true });
  const last = (values: readonly number[]): number => round((Math.max(...values) - beganMs) / 1000);
  return {
    repeat,
    allStartedSeconds: last(times.map(({ startedMs }) => startedMs)),
    allRunningSeconds: last(times.map(({ runningMs = Number.NaN }) => runningMs)),
  };
}
