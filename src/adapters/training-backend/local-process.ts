import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PermanentFailure, TransientFailure } from '../../ports/failures';
import type {
  TrainingBackend,
  TrainingEvent,
  TrainingJob,
  TrainingOptions,
} from '../../ports/training-backend';

export interface LocalTrainerOptions {
  readonly python: string;
  /** Directory of the `millrace_trainer` package. */
  readonly directory: string;
}

/** Exit code of a trainer that says "do not retry" (trainer/README.md); every other failure is worth a retry. */
const EXIT_DO_NOT_RETRY = 202;
/** A trainer that was asked to stop has this long to write its checkpoint. */
const STOP_GRACE_MS = 5_000;
const MAX_STDERR_CHARACTERS = 4_000;

/** Runs the trainer as a child process that cannot outlive this one. */
export function createLocalTrainer(options: LocalTrainerOptions): TrainingBackend {
  let identity: Promise<string> | undefined;
  return {
    identity: () => (identity ??= trainerIdentity(options.directory)),
    train: (job, trainingOptions) => train(options, job, trainingOptions),
  };
}

async function train(
  options: LocalTrainerOptions,
  job: TrainingJob,
  { onEvent, signal }: TrainingOptions,
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(resolve(options.python), ['-m', 'millrace_trainer', 'train'], {
    env: trainerEnvironment(options, job),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => {
    stopGently(child);
  };
  signal.addEventListener('abort', stop, { once: true });
  const stderr = collectTail(child);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseEvent(line);
    if (event) onEvent(event);
  });
  try {
    const { code, killedBy } = await exitOf(child);
    signal.throwIfAborted();
    if (code !== 0) throw await failureOf(job, code, killedBy, stderr());
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Least privilege: the trainer gets no credentials and no settings but its own. */
function trainerEnvironment(options: LocalTrainerOptions, job: TrainingJob): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, LD_LIBRARY_PATH, CUDA_VISIBLE_DEVICES } = process.env;
  return {
    ...definedOnly({ PATH, HOME, LANG, LD_LIBRARY_PATH, CUDA_VISIBLE_DEVICES }),
    PYTHONPATH: resolve(options.directory),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    // Spinning OpenMP threads made a 0.8 s training take 32 s on busy cores.
    OMP_WAIT_POLICY: 'passive',
    MILLRACE_ML_DIR: job.directory,
    MILLRACE_STOP_GRACE_SECONDS: String(STOP_GRACE_MS / 1000 - 2),
    MILLRACE_PARENT_PID: String(process.pid),
  };
}

function definedOnly(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function stopGently(child: ChildProcess): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS).unref();
}

function exitOf(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly killedBy: string | null }> {
  return new Promise((done, fail) => {
    child.once('error', (error) => {
      fail(
        new PermanentFailure(
          'InvalidInput',
          'Trainer cannot be started: run `make setup`, or set MILLRACE_TRAINER_PYTHON',
          { python: child.spawnfile },
          { cause: error },
        ),
      );
    });
    child.once('close', (code, killedBy) => {
      done({ code, killedBy });
    });
  });
}

function collectTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-MAX_STDERR_CHARACTERS);
  });
  return () => tail.trim();
}

async function failureOf(
  job: TrainingJob,
  code: number | null,
  killedBy: string | null,
  stderr: string,
): Promise<PermanentFailure | TransientFailure> {
  const written = await readFile(join(job.directory, 'output', 'failure'), 'utf8').catch(() => '');
  const reason = (written || stderr.split('\n').slice(-5).join(' | ') || 'it said nothing')
    .trim()
    .slice(0, 1_000);
  const fields = { job: job.jobName, exitCode: code ?? undefined, signal: killedBy ?? undefined };
  return code === EXIT_DO_NOT_RETRY
    ? new PermanentFailure('TrainerRejectedJob', `Trainer refused the job: ${reason}`, fields)
    : new TransientFailure('TrainerFailed', `Trainer did not finish: ${reason}`, fields);
}

const EVENT_NAMES: readonly string[] = ['started', 'resumed', 'progress', 'checkpoint', 'finished'];

function parseEvent(line: string): TrainingEvent | undefined {
  try {
    const event = JSON.parse(line) as TrainingEvent;
    return EVENT_NAMES.includes(event.event) ? event : undefined;
  } catch {
    // A user's own train.py may print anything; only our JSON lines mean something.
    return undefined;
  }
}

/** SHA-256 over the device kind and the trainer's sources and lock file, in name order. */
async function trainerIdentity(directory: string): Promise<string> {
  const sources = (await readdir(join(directory, 'millrace_trainer'), { recursive: true }))
    .filter((name) => name.endsWith('.py'))
    .map((name) => join('millrace_trainer', name));
  // GPU and CPU give different bytes, so what was trained on one is not what the other would publish.
  const hash = createHash('sha256').update(existsSync('/proc/driver/nvidia/version') ? 'cuda\n' : 'cpu\n');
  for (const name of ['requirements.lock', ...sources].sort()) {
    hash.update(`${name}\n`).update(await readFile(join(directory, name)));
  }
  return hash.digest('hex');
}
