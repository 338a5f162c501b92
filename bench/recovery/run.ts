import { connectClient } from '../../src/client/connect';
import { VICTIMS, type Victim } from '../../test/support/faults/victims';
import { startTestStack, type TestStack } from '../../test/support/millrace';
import { createRandom } from '../../test/support/seeded-random';
import { applyTrips, uploadTrips, waitForTrips } from '../../test/support/trips';
import { atMost, percentile, type Benchmark, type BenchmarkCheck } from '../lib/benchmark';
import { allReady } from './kill';
import type { Sample, Scene } from './scene';
import { killServer, SERVERS } from './server-kills';
import { recoverySettings } from './settings';
import {
  DATA_STAGES,
  killDataWorker,
  killInTraining,
  killWorkflowWorker,
  TRAINING_KINDS,
} from './worker-kills';

const SEED = 20_240_609;
const KILLS_PER_KIND = 8;
/** A kill that comes after the work was done is no sample; so many rounds are enough on any machine. */
const MOST_ROUNDS = 14;
const GOAL_SECONDS = { workersAndTrainer: 15, servers: 30 };
/** A few seconds, so that a kill meets it. */
const TRAINING = { rounds: 1_500, checkpointRounds: 100 };
const FEED = { fromDay: 0, days: 60, tripsPerDay: 200 };

/** From `kill -9` of each kind of process to progress. See README.md. */
export const recovery: Benchmark = async ({ quick, say }) => {
  const kills = quick ? 1 : KILLS_PER_KIND;
  const random = createRandom(SEED);
  const stack = await startTestStack();
  const { client, close } = await connectClient(stack.session.settings.temporal);
  const samples: Sample[] = [];
  try {
    for (let round = 0; round < MOST_ROUNDS && missing(samples, kills).length > 0; round += 1) {
      const scene = { stack, client, random, pipeline: `recovery-${round}` };
      await playRound(scene, round, missing(samples, kills), (sample) => {
        say(`round ${round + 1}: ${sample.kind} during ${sample.during}: ${sample.seconds} s`);
        samples.push(sample);
      });
    }
    const settings = { seed: SEED, killsPerKind: kills, feed: FEED, ...recoverySettings() };
    return { settings, samples, checks: VICTIMS.flatMap((kind) => checksOf(kind, samples)) };
  } finally {
    await close();
    await stack.stop();
  }
};

function missing(samples: readonly Sample[], kills: number): readonly Victim[] {
  return VICTIMS.filter((kind) => samples.filter((sample) => sample.kind === kind).length < kills);
}

type Take = (sample: Sample) => void;

/** One run with each kind killed once: a process that dies every few seconds is started again with growing pauses. */
async function playRound(scene: Scene, round: number, kinds: readonly Victim[], take: Take): Promise<void> {
  const { stack, pipeline } = scene;
  await allReady(stack.state);
  await applyTrips(stack, pipeline, TRAINING);
  await uploadTrips(stack, pipeline, 'trips.csv', FEED);
  await killInRun(scene, round, kinds, take);
  await finishRun(stack, pipeline);
  for (const kind of SERVERS) if (kinds.includes(kind)) take(await killServer(scene, kind));
}

async function killInRun(scene: Scene, round: number, kinds: readonly Victim[], take: Take): Promise<void> {
  const stage = DATA_STAGES[round % DATA_STAGES.length] ?? 'validate';
  const takeIfHit = (sample: Sample | undefined): void => {
    if (sample) take(sample);
  };
  const killData = async (): Promise<void> => {
    if (kinds.includes('data-worker')) takeIfHit(await killDataWorker(scene, stage));
  };
  const isBeforeTraining = !['evaluate', 'backup'].includes(stage);
  if (isBeforeTraining) await killData();
  for (const kind of TRAINING_KINDS) if (kinds.includes(kind)) takeIfHit(await killInTraining(scene, kind));
  if (kinds.includes('worker')) takeIfHit(await killWorkflowWorker(scene));
  if (!isBeforeTraining) await killData();
}

async function finishRun(stack: TestStack, pipeline: string): Promise<void> {
  const [run] = await waitForTrips(stack, pipeline);
  if (run?.status !== 'completed') throw new Error(`The run of ${pipeline} is ${run?.status ?? 'missing'}`);
}

function checksOf(kind: Victim, samples: readonly Sample[]): BenchmarkCheck[] {
  const seconds = samples.filter((sample) => sample.kind === kind).map((sample) => sample.seconds);
  const isServer = SERVERS.some((server) => server === kind);
  const goal = isServer ? GOAL_SECONDS.servers : GOAL_SECONDS.workersAndTrainer;
  return [50, 95].map((p) =>
    atMost(`kill -9 to progress, ${kind}, p${p} of ${seconds.length}`, percentile(seconds, p), goal, 's'),
  );
}
