import { loadavg } from 'node:os';
import { atMost, percentile, round, type Benchmark, type BenchmarkCheck } from '../lib/benchmark';
import { measureBurst, type BurstSample } from './measure-burst';
import { measureColdStarts, type LambdaPackage } from './measure-cold-start';
import { measureLatency, type LatencySample } from './measure-latency';
import { measureRate, percentiles, type RateLoad, type RateSample } from './measure-rate';
import { startEventServers, type EventServers } from './servers';

const GOAL_SHARE = 0.7;
const GOAL_BURST_SECONDS = 10;

interface Size {
  readonly loads: readonly RateLoad[];
  readonly pairs: number;
  readonly latencyEvents: number;
  readonly burstPipelines: number;
  readonly bursts: number;
  readonly coldStarts: number;
}

const loadsOf = (events: number): readonly RateLoad[] => [
  { name: 'one pipeline', pipelines: 1, events, concurrency: 32 },
  { name: '100 pipelines', pipelines: 100, events, concurrency: 32 },
];
const FULL: Size = {
  loads: loadsOf(1_500),
  pairs: 5,
  latencyEvents: 200,
  burstPipelines: 1_000,
  bursts: 3,
  coldStarts: 20,
};
const QUICK: Size = {
  loads: loadsOf(200),
  pairs: 1,
  latencyEvents: 10,
  burstPipelines: 50,
  bursts: 1,
  coldStarts: 2,
};

/** From an event to a started workflow: how soon, how many a second, and a thousand at once. See README.md. */
export const events: Benchmark = async ({ quick, say }) => {
  const size = quick ? QUICK : FULL;
  // What else the machine did in the minute before.
  const [loadBefore = 0] = loadavg();
  const servers = await startEventServers();
  const told = <T>(sample: T): T => {
    say(JSON.stringify(sample));
    return sample;
  };
  try {
    const rates = await measureRates(servers, size, told);
    await servers.startWorker();
    const latencies = await measureLatency(servers, size.latencyEvents);
    const bursts: BurstSample[] = [];
    for (let repeat = 0; repeat < size.bursts; repeat += 1) {
      bursts.push(told(await measureBurst(servers, size.burstPipelines, repeat)));
    }
    await servers.stopWorker();
    const lambda = measureColdStarts(servers.address, size.coldStarts);
    return {
      settings: {
        ...size,
        loadBefore: round(loadBefore),
        database: 'SQLite',
        receiver: 'a process of its own',
        workers: WORKERS,
      },
      samples: { rates, latencies: summary(latencies), bursts, lambda },
      checks: [
        ...size.loads.flatMap(({ name }) => rateChecks(name, rates)),
        ...latencyChecks(latencies),
        ...burstChecks(bursts, size.burstPipelines),
        ...lambdaChecks(lambda),
      ],
    };
  } finally {
    await servers.stop();
  }
};

const WORKERS = 'none while rates are measured, one for latencies and bursts; its batches stay open';

/** Who comes first changes from pair to pair. */
function inTurn(pair: number): readonly ('receiver' | 'bare')[] {
  return pair % 2 === 0 ? ['receiver', 'bare'] : ['bare', 'receiver'];
}

async function measureRates(
  servers: EventServers,
  { loads, pairs }: Size,
  told: (sample: RateSample) => RateSample,
): Promise<readonly RateSample[]> {
  // Both processes are warm before anything counts.
  for (const way of inTurn(0)) {
    await measureRate(servers[way], { name: 'warm-up', pipelines: 10, events: 200, concurrency: 32 }, 0);
  }
  const samples: RateSample[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const load of loads) {
      for (const way of inTurn(pair)) samples.push(told(await measureRate(servers[way], load, pair)));
    }
  }
  return samples;
}

function rateChecks(load: string, samples: readonly RateSample[]): readonly BenchmarkCheck[] {
  const own = samples.filter((sample) => sample.load === load);
  const rateOf = (way: string): readonly number[] =>
    own.filter((sample) => sample.way === way).map(({ eventsPerSecond }) => eventsPerSecond);
  const bare = rateOf('bare');
  // Samples of one pair stand at the same place in both lists.
  const shares = rateOf('receiver').map((rate, pair) => rate / (bare[pair] ?? Number.NaN));
  const median = percentile(shares, 50);
  return [
    reported(
      `events a second through the receiver, ${load}, median`,
      percentile(rateOf('receiver'), 50),
      '/s',
    ),
    reported(`bare signalWithStart a second, ${load}, median`, percentile(bare, 50), '/s'),
    {
      name: `share of the bare rate, ${load}, median of ${shares.length} pairs`,
      value: round(median),
      goal: `>= ${GOAL_SHARE}`,
      unit: 'of its rate',
      ok: median >= GOAL_SHARE,
    },
    reported(`share of the bare rate, ${load}, lowest pair`, Math.min(...shares), 'of its rate'),
    reported(`share of the bare rate, ${load}, highest pair`, Math.max(...shares), 'of its rate'),
  ];
}

function summary(samples: readonly LatencySample[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (['receiver', 'bare'] as const).map((way) => {
      const own = samples.filter((sample) => sample.way === way);
      return [
        way,
        {
          samples: own.length,
          startedMs: percentiles(own.map(({ startedMs }) => startedMs)),
          runningMs: percentiles(own.map(({ runningMs }) => runningMs)),
        },
      ];
    }),
  );
}

function latencyChecks(samples: readonly LatencySample[]): readonly BenchmarkCheck[] {
  const own = samples.filter(({ way }) => way === 'receiver').map(({ startedMs }) => startedMs);
  return Object.entries(percentiles(own)).map(([p, value]) =>
    reported(`event to workflow started, ${p}`, value, 'ms'),
  );
}

function burstChecks(samples: readonly BurstSample[], pipelines: number): readonly BenchmarkCheck[] {
  const started = Math.max(...samples.map(({ allStartedSeconds }) => allStartedSeconds));
  const running = Math.max(...samples.map(({ allRunningSeconds }) => allRunningSeconds));
  const what = `${pipelines} events at once to ${pipelines} pipelines`;
  return [
    atMost(`${what}: all started, slowest of ${samples.length}`, started, GOAL_BURST_SECONDS, 's'),
    reported(`${what}: all have run on the worker, slowest of ${samples.length}`, running, 's'),
  ];
}

function lambdaChecks({ gzippedBytes, coldStarts }: LambdaPackage): readonly BenchmarkCheck[] {
  const cold = coldStarts.map(({ processMs, importMs, firstMs }) => processMs + importMs + firstMs);
  const p50 = (values: readonly number[]): number => percentile(values, 50);
  return [
    reported('Lambda package, compressed', gzippedBytes / 1e6, 'MB'),
    reported('Lambda cold start with first invocation, p50', p50(cold), 'ms'),
    reported('Lambda cold start with first invocation, p95', percentile(cold, 95), 'ms'),
    reported('of that loading the package, p50', p50(coldStarts.map(({ importMs }) => importMs)), 'ms'),
    reported('Lambda warm invocation, p50', p50(coldStarts.map(({ warmMs }) => warmMs)), 'ms'),
  ];
}

/** A number that was asked for without a goal. */
function reported(name: string, value: number, unit: string): BenchmarkCheck {
  return { name, value: round(value), goal: 'reported', unit, ok: true };
}
