import type { EventServers } from './servers';
import { startTimes } from './started';
import { keyOf, type WayIn } from './ways-in';

export interface LatencySample {
  readonly way: WayIn['name'];
  /** From sending to the start of the workflow, as its history tells it. */
  readonly startedMs: number;
  /** From sending to the end of its first task on a worker. */
  readonly runningMs: number;
}

/** One event at a time, each to a new pipeline, the two ways in turn. */
export async function measureLatency(
  { client, receiver, bare }: EventServers,
  count: number,
): Promise<readonly LatencySample[]> {
  const sent: { readonly way: WayIn['name']; readonly pipeline: string; readonly atMs: number }[] = [];
  for (let index = 0; index < count; index += 1) {
    for (const way of [receiver, bare]) {
      const pipeline = `latency-${way.name}-${index}`;
      sent.push({ way: way.name, pipeline, atMs: performance.timeOrigin + performance.now() });
      await way.send(pipeline, keyOf(pipeline, index));
    }
  }
  const pipelines = sent.map(({ pipeline }) => pipeline);
  const times = await startTimes(client, pipelines, { running: true });
  return times.map(({ startedMs, runningMs = Number.NaN }, index) => {
    const { way = 'bare', atMs = Number.NaN } = sent[index] ?? {};
    return { way, startedMs: startedMs - atMs, runningMs: runningMs - atMs };
  });
}
