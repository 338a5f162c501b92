import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../../test/support/millrace';
import { atMost, percentile, round, type Benchmark, type BenchmarkCheck } from '../lib/benchmark';
import type { SystemResult } from './chain';
import { measureMillrace } from './measure-millrace';

const PEERS = ['airflow', 'prefect', 'dagster'] as const;
const STAGES = 8;
const SOURCES = path.join(REPOSITORY, 'bench', 'orchestration', 'peers');
const execute = promisify(execFile);
const CACHE = process.env['MILLRACE_CACHE'] ?? path.join(homedir(), '.cache', 'millrace');

/** What a stage costs when it does nothing, and what is left of a run whose worker is killed. See README.md. */
export const orchestration: Benchmark = async ({ quick, say }) => {
  const rounds = quick ? 1 : 2;
  const runsInRound = quick ? 2 : 4;
  const results: SystemResult[] = [];
  const keep = (result: SystemResult): void => {
    results.push(result);
    say(JSON.stringify(result));
  };
  // Interleaved, so that a noisy minute does not fall on one system alone.
  for (let round = 0; round < rounds; round += 1) {
    keep(await measureMillrace(runsInRound));
    for (const peer of PEERS) keep(await measurePeer(peer, runsInRound));
  }
  // Side by side: what takes long here is waiting.
  const kills = await Promise.all(PEERS.map((peer) => measurePeer(peer, 0, '--kill')));
  for (const kill of kills) keep(kill);
  const systems = ['millrace', ...PEERS].map((system) => summary(system, results));
  return {
    settings: { stages: STAGES, rounds, runsInRound, killedIn: 'stage 5, evaluate' },
    samples: { systems, results },
    checks: checks(systems),
  };
};

interface Summary {
  readonly system: string;
  readonly stageMilliseconds: number;
  readonly runsPerMinute: number;
  readonly kill: SystemResult['kill'];
}

function summary(name: string, results: readonly SystemResult[]): Summary {
  const own = results.filter(({ system }) => system === name);
  const seconds = own.flatMap(({ runSeconds }) => runSeconds);
  const median = percentile(seconds, 50);
  return {
    system: name,
    stageMilliseconds: round((median / STAGES) * 1000),
    runsPerMinute: round(60 / median),
    kill: own.find(({ kill }) => kill !== null)?.kill ?? null,
  };
}

function checks([own, ...peers]: readonly Summary[]): readonly BenchmarkCheck[] {
  if (!own) throw new RangeError('Nothing was measured');
  const best = Math.min(...peers.map(({ stageMilliseconds }) => stageMilliseconds));
  return [
    atMost('overhead of a stage against the best peer', own.stageMilliseconds / best, 0.1, 'of its'),
    atMost('stages done again after the kill', own.kill?.stagesDoneAgain.length ?? Number.NaN, 0, 'stages'),
    atMost(
      'peers that resume by themselves without doing finished stages again',
      peers.filter(resumesCleanly).length,
      0,
      'peers',
    ),
  ];
}

function resumesCleanly({ kill }: Summary): boolean {
  return (
    kill !== null && kill.resumedByItself && kill.endedAs === 'done' && kill.stagesDoneAgain.length === 0
  );
}

async function measurePeer(
  peer: (typeof PEERS)[number],
  runs: number,
  ...options: readonly string[]
): Promise<SystemResult> {
  const args = [path.join(SOURCES, `measure_${peer}.py`), String(runs), ...options];
  const { stdout } = await execute(environmentOf(peer), args, { timeout: 2_400_000, killSignal: 'SIGINT' });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as SystemResult;
}

/** A virtual environment of the peer alone, installed once from hash-pinned requirements. */
function environmentOf(peer: string): string {
  const folder = path.join(CACHE, 'bench', 'orchestration', peer);
  const python = path.join(folder, 'bin', 'python');
  if (existsSync(path.join(folder, 'complete'))) return python;
  mkdirSync(folder, { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder]);
  const requirements = path.join(SOURCES, `requirements-${peer}.lock`);
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--require-hashes', '-r', requirements]);
  mkdirSync(path.join(folder, 'complete'));
  return python;
}
