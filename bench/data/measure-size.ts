import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import path from 'node:path';
import { percentile, round } from '../lib/benchmark';
import { measureCopies, type Copies } from './csv-copy';
import { recordStages } from './engine-share';
import type { MillraceBench, MillraceSample } from './millrace';
import {
  compareResults,
  generateFlights,
  runPeer,
  type ComparedResult,
  type GeneratedFlights,
  type JobSample,
  type Peer,
} from './python';
import { SIZES, type Size } from './settings';

/** Of one kind of sample over all repeats. */
export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** By CPU time instead of wall time, which a busy machine disturbs less; the object store's is counted in. */
  readonly cpuMedian: number;
}

export interface SizeResult {
  readonly measuredAt: string;
  /** Average number of busy processes over the last minute, at the start and at the end. */
  readonly load: readonly [number, number];
  readonly data: Omit<GeneratedFlights, 'files'>;
  readonly millrace: readonly MillraceSample[];
  /** The SQL of Millrace's stages played by DuckDB alone. */
  readonly engine: readonly Pick<JobSample, 'seconds' | 'cpuSeconds'>[];
  /** Absent in results of before it was measured. */
  readonly copies?: readonly Copies[];
  readonly peers: Readonly<Partial<Record<Peer, readonly JobSample[]>>>;
  /** Peer's time by Millrace's: above 1, Millrace is faster. */
  readonly ratios: Readonly<Partial<Record<Peer, Ratio>>>;
  readonly compared: readonly ComparedResult[];
}

export interface SizeInput {
  readonly size: Size;
  readonly repeats: number;
  readonly peers: readonly Peer[];
  readonly python: string;
  readonly directory: string;
  readonly millrace: MillraceBench;
  readonly say: (text: string) => void;
}

/** Lets all do the same job in turn, several times, and compares what they made. */
export async function measureSize(input: SizeInput): Promise<SizeResult> {
  const { size, python, directory, say } = input;
  const began = loadavg()[0] ?? 0;
  const source = path.join(directory, `flights-${size}`);
  say(`${size}: making ${SIZES[size].rows} …`);
  const { files, ...data } = await generateFlights(python, source, SIZES[size].years);
  const paths = files.map((name) => path.join(source, name));
  const stages = await recordStages(paths);
  say(`${size}: ${stages.statements} statements recorded`);
  const rounds: Round[] = [];
  for (let repeat = 0; repeat < input.repeats; repeat += 1) {
    rounds.push(await playRound(input, `bench-${size.toLowerCase()}-${repeat}`, source, paths, stages.play));
  }
  await stages.remove();
  say(`${size}: comparing results …`);
  const compared = await compareResults(
    python,
    ['millrace', ...input.peers].map((name) => path.join(directory, name)),
  );
  await rm(source, { recursive: true });
  return {
    measuredAt: new Date().toISOString(),
    load: [round(began), round(loadavg()[0] ?? 0)],
    data,
    millrace: rounds.map((played) => played.millrace),
    engine: rounds.map((played) => played.engine),
    copies: rounds.map((played) => played.copies),
    peers: Object.fromEntries(
      input.peers.map((peer) => [peer, rounds.map((played) => peerSample(played, peer))]),
    ),
    ratios: Object.fromEntries(input.peers.map((peer) => [peer, ratioOf(rounds, peer)])),
    compared: checkEqual(compared),
  };
}

interface Round {
  readonly millrace: MillraceSample;
  readonly engine: SizeResult['engine'][number];
  readonly copies: Copies;
  readonly peers: ReadonlyMap<Peer, JobSample>;
}

async function playRound(
  { peers, python, directory, millrace, say }: SizeInput,
  pipeline: string,
  source: string,
  files: readonly string[],
  playEngine: () => Promise<Round['engine']>,
): Promise<Round> {
  const own = await millrace.process(pipeline, files);
  say(describe(pipeline, 'millrace', own));
  await millrace.linkResult(pipeline, path.join(directory, 'millrace'));
  const samples = new Map<Peer, JobSample>();
  for (const peer of peers) {
    samples.set(peer, await runPeer(python, peer, source, path.join(directory, peer)));
    say(describe(pipeline, peer, samples.get(peer)));
  }
  const engine = await playEngine();
  say(describe(pipeline, 'its SQL in DuckDB', engine));
  return { millrace: own, engine, copies: await measureCopies(files), peers: samples };
}

function describe(pipeline: string, name: string, sample: Partial<JobSample> | undefined): string {
  const memory = sample?.peakMegabytes === undefined ? '' : `, ${Math.round(sample.peakMegabytes)} MB`;
  return `${pipeline} ${name}: ${round(sample?.seconds ?? 0)} s, ${round(sample?.cpuSeconds ?? 0)} CPU s${memory}`;
}

function peerSample({ peers }: Round, peer: Peer): JobSample {
  const sample = peers.get(peer);
  if (!sample) throw new Error(`${peer} did not run`);
  return sample;
}

function ratioOf(rounds: readonly Round[], peer: Peer): Ratio {
  const wall = rounds.map((played) => peerSample(played, peer).seconds / played.millrace.seconds);
  const cpu = rounds.map(
    (played) =>
      peerSample(played, peer).cpuSeconds / (played.millrace.cpuSeconds + played.millrace.storeCpuSeconds),
  );
  return {
    median: round(percentile(wall, 50)),
    min: round(Math.min(...wall)),
    max: round(Math.max(...wall)),
    cpuMedian: round(percentile(cpu, 50)),
  };
}

/** @throws Error when any result differs: then the times say nothing. */
function checkEqual(compared: readonly ComparedResult[]): readonly ComparedResult[] {
  const [own] = compared;
  const wrong = compared.filter(
    (other) =>
      other.cleanDifferent > 0 ||
      other.featuresDifferent > 0 ||
      other.quarantined !== own?.quarantined ||
      other.clean !== own.clean ||
      other.features !== own.features,
  );
  if (wrong.length > 0) throw new Error(`Results differ: ${JSON.stringify({ own, wrong })}`);
  return compared;
}
