import { mapConcurrent } from '../../src/lake/map-concurrent';
import { percentile, round } from '../lib/benchmark';
import { keyOf, type WayIn } from './ways-in';

export interface RateLoad {
  readonly name: string;
  /** Events go round them in turn. */
  readonly pipelines: number;
  readonly events: number;
  readonly concurrency: number;
}

export interface RateSample {
  readonly load: string;
  readonly way: WayIn['name'];
  readonly pair: number;
  readonly eventsPerSecond: number;
  /** From sending to the answer that Temporal has it. */
  readonly answerMs: { readonly p50: number; readonly p95: number; readonly p99: number };
}

/** Sends events, so many at a time, to pipelines that nobody used before. */
export async function measureRate(way: WayIn, load: RateLoad, pair: number): Promise<RateSample> {
  const stem = `rate-${way.name}-${pair}-${load.pipelines}`;
  const answerMs: number[] = [];
  const indexes = Array.from({ length: load.events }, (_, index) => index);
  const beganMs = performance.now();
  await mapConcurrent(indexes, load.concurrency, async (index) => {
    const pipeline = `${stem}-${index % load.pipelines}`;
    const sentMs = performance.now();
    await way.send(pipeline, keyOf(pipeline, index));
    answerMs.push(performance.now() - sentMs);
  });
  const seconds = (performance.now() - beganMs) / 1000;
  return {
    load: load.name,
    way: way.name,
    pair,
    eventsPerSecond: round(load.events / seconds),
    answerMs: percentiles(answerMs),
  };
}

export function percentiles(samples: readonly number[]): RateSample['answerMs'] {
  const [p50 = 0, p95 = 0, p99 = 0] = [50, 95, 99].map((p) => round(percentile(samples, p)));
  return { p50, p95, p99 };
}
