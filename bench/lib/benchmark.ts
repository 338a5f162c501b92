import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';
import { version as millrace } from '../../package.json';
import { VERSIONS } from '../../src/dev/versions';

/** A number that somebody asked for. */
export interface BenchmarkCheck {
  readonly name: string;
  readonly value: number;
  readonly goal: string;
  readonly unit: string;
  readonly ok: boolean;
}

export interface BenchmarkResult {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly samples: unknown;
  readonly checks: readonly BenchmarkCheck[];
}

export interface BenchmarkOptions {
  /** Small and fast, to show that it works. */
  readonly quick: boolean;
  /** What else was said on the command line, after the benchmark's name. */
  readonly args: readonly string[];
  readonly say: (text: string) => void;
}

export type Benchmark = (options: BenchmarkOptions) => Promise<BenchmarkResult>;

export function atMost(name: string, value: number, goal: number, unit: string): BenchmarkCheck {
  return { name, value: round(value), goal: `<= ${goal}`, unit, ok: value <= goal };
}

/** The p-th percentile (0 to 100), nearest rank. @throws RangeError for no samples. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  const value = sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('No samples');
  return value;
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** `results/latest.json` of a benchmark, with everything needed to judge the numbers. */
export function writeResult(root: string, name: string, result: BenchmarkResult): string {
  const folder = path.join(root, 'bench', name, 'results');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'latest.json');
  const document = {
    benchmark: name,
    measuredAt: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    hardware: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
    },
    versions: { millrace, runtime: process.version, ...VERSIONS },
    commands: [`npm run bench -- ${name}`],
    ...result,
  };
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
  return file;
}
