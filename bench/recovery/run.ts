import { stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { connectClient } from '../../src/client/connect';
import { startTestStack } from '../../test/support/millrace';
import { applyTrips, uploadTrips, waitForTrips } from '../../test/support/trips';
import { atMost, percentile, round, type Benchmark, type BenchmarkCheck } from '../lib/benchmark';
import { runTimes } from '../lib/history';

const GOAL_SECONDS = 15;

/** The write at which each worker kills itself, and the activity that has to come back. */
const SCENES = {
  'data worker in validate': {
    activity: 'validate',
    rule: (p: string) => `kill-before:createIfAbsent:runs/${p}/stages/validate/*`,
  },
  'data worker in transform': {
    activity: 'transform',
    rule: (p: string) => `kill-after:createIfAbsent:tables/${p}/clean/_delta_log/*`,
  },
  'train worker in train': {
    activity: 'train',
    rule: (p: string) => `kill-after:createIfAbsent:models/${p}/checkpoints/*`,
  },
  'workflow worker in register': {
    activity: 'register',
    rule: (p: string) => `kill-after:createIfAbsent:registry/${p}/versions/*`,
  },
} as const;
type Scene = keyof typeof SCENES;

/** From `kill -9` of a worker to the start of the attempt that goes on. See README.md. */
export const recovery: Benchmark = async ({ quick, say }) => {
  const repeats = quick ? 1 : 10;
  const scenes = Object.keys(SCENES) as Scene[];
  // Interleaved, so that a slow minute of the machine hits all scenes.
  const plays = Array.from({ length: repeats }, (_, repeat) =>
    scenes.map((scene, index) => ({ scene, pipeline: `recovery-${index}-${repeat}` })),
  ).flat();
  const rules = plays.map(({ scene, pipeline }) => SCENES[scene].rule(pipeline));
  const stack = await startTestStack({ faults: rules.join(';') });
  const { client, close } = await connectClient(stack.session.settings.temporal);
  try {
    const samples: { readonly scene: Scene; readonly seconds: number }[] = [];
    for (const [index, { scene, pipeline }] of plays.entries()) {
      await applyTrips(stack, pipeline);
      await uploadTrips(stack, pipeline, 'trips.csv', { fromDay: 0, days: 20, tripsPerDay: 48 });
      const [run] = await waitForTrips(stack, pipeline);
      const { activities } = await runTimes(client, run?.workflowId ?? '');
      const resumed = activities.find(({ type }) => type === SCENES[scene].activity);
      const killedMs = await killTime(
        stack.session.settings.scratchDirectory,
        `${index} ${rules[index] ?? ''}`,
      );
      if (!resumed || resumed.attempt < 2) throw new Error(`${pipeline}: nothing was killed in ${scene}`);
      const seconds = round((resumed.startMs - killedMs) / 1000);
      say(`${scene}: ${seconds} s`);
      samples.push({ scene, seconds });
    }
    return { settings: SETTINGS, samples, checks: scenes.flatMap((scene) => checksOf(scene, samples)) };
  } finally {
    await close();
    await stack.stop();
  }
};

const SETTINGS = {
  heartbeatTimeout: '5s',
  heartbeatIntervalSeconds: 1,
  retryInitialInterval: '1s',
  stickyQueueScheduleToStartTimeout: '1s',
  supervisorRestart: 'backoff from 0.2 s',
} as const;

/** The fault's marker file is written just before the process kills itself. */
async function killTime(scratchDirectory: string, ruleId: string): Promise<number> {
  const name = `fault-${createHash('sha256').update(ruleId).digest('hex').slice(0, 16)}-1`;
  return (await stat(path.join(scratchDirectory, name))).mtimeMs;
}

function checksOf(
  scene: Scene,
  samples: readonly { readonly scene: Scene; readonly seconds: number }[],
): BenchmarkCheck[] {
  const seconds = samples.filter((sample) => sample.scene === scene).map((sample) => sample.seconds);
  return [
    atMost(`kill -9 to progress, ${scene}, p50`, percentile(seconds, 50), GOAL_SECONDS, 's'),
    atMost(`kill -9 to progress, ${scene}, p95`, percentile(seconds, 95), GOAL_SECONDS, 's'),
  ];
}
