import { connectClient } from '../../src/client/connect';
import { startTestStack } from '../../test/support/millrace';
import { applyTrips, uploadTrips, waitForTrips } from '../../test/support/trips';
import { atMost, percentile, round, type Benchmark } from '../lib/benchmark';
import { runTimes, type RunTimes } from '../lib/history';

const GOAL_SECONDS = 1.5;

/** What Temporal adds to a run: its wall time less the time inside activities. See README.md. */
export const overhead: Benchmark = async ({ quick, say }) => {
  const runs = quick ? 2 : 20;
  const stack = await startTestStack();
  const { client, close } = await connectClient(stack.session.settings.temporal);
  try {
    const samples = [];
    for (let index = 0; index < runs; index += 1) {
      const pipeline = `overhead-${index}`;
      await applyTrips(stack, pipeline);
      await uploadTrips(stack, pipeline, 'trips.csv', { fromDay: 0, days: 20, tripsPerDay: 48 });
      const [run] = await waitForTrips(stack, pipeline);
      const sample = describe(await runTimes(client, run?.workflowId ?? ''));
      say(`${pipeline}: ${JSON.stringify(sample)}`);
      samples.push(sample);
    }
    const overheads = samples.map(({ overheadSeconds }) => overheadSeconds);
    return {
      settings: { runs, rows: 960, stages: 8, childWorkflows: 3 },
      samples,
      checks: [
        atMost('orchestration overhead of a run, p50', percentile(overheads, 50), GOAL_SECONDS, 's'),
        atMost('orchestration overhead of a run, p95', percentile(overheads, 95), GOAL_SECONDS, 's'),
      ],
    };
  } finally {
    await close();
    await stack.stop();
  }
};

function describe({ startMs, endMs, activities }: RunTimes): {
  readonly wallSeconds: number;
  readonly activitySeconds: number;
  readonly overheadSeconds: number;
  /** Activities that needed more than one attempt; their earlier attempts count as overhead. */
  readonly retried: readonly string[];
} {
  // Stages follow one another, so the time inside activities is the sum of their spans.
  const inside = activities.reduce((sum, span) => sum + span.endMs - span.startMs, 0);
  return {
    wallSeconds: round((endMs - startMs) / 1000),
    activitySeconds: round(inside / 1000),
    overheadSeconds: round((endMs - startMs - inside) / 1000),
    retried: activities.filter(({ attempt }) => attempt > 1).map(({ type }) => type),
  };
}
