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
  /** There on a machine with a GPU. @default '/proc/driver/nvidia/version' */
  readonly gpuDriver?: string;
}

/** Exit code of a trainer that says "do not retry" (trainer/README.md); every other failure is worth a retry. */
const EXIT_DO_NOT_RETRY = 202;
/** A trainer that was asked to stop has this long: 1 s less for its checkpoint. Cancellation takes 5 s in all. */
const STOP_GRACE_MS = 2_500;
const MAX_STDERR_CHARACTERS = 4_000;

/** Runs the trainer as a child process that cannot outlive this one. */
export function createLocalTrainer(options: LocalTrainerOptions): TrainingBackend {
  const { gpuDriver = '/proc/driver/nvidia/version' } = options;
  let identity: Promise<string> | undefined;
  return {
    identity: () => (identity ??= trainerIdentity(options.directory, existsSync(gpuDriver))),
    train: (job, trainingOptions) => train(options, job, trainingOptions),
  };
}

async function train(
  options: LocalTrainerOptions,
  job: TrainingJob,
  { onEvent, signal }: TrainingOptions,
): Promise<void> {
  signal.throwIfAborted();
  const { child, exit } = startTrainer(options, job);
  const stop = (): void => {
    stopGently(child);
  };
  signal.addEventListener('abort', stop, { once: true });
  const stderr = collectTail(child);
  // There are no streams when the machine has no file descriptors left.
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = parseEvent(line);
      if (event) onEvent(event);
    });
  }
  try {
    const { code, killedBy } = await exit;
    signal.throwIfAborted();
    if (code !== 0) throw await failureOf(job, code, killedBy, stderr());
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

interface Exit {
  readonly code: number | null;
  readonly killedBy: string | null;
}

interface Trainer {
  readonly child: ChildProcess;
  readonly exit: Promise<Exit>;
}

/** Node reports some faults of a start as an event, and throws the others. */
function startTrainer(options: LocalTrainerOptions, job: TrainingJob): Trainer {
  const python = resolve(options.python);
  try {
    const child: ChildProcess = spawn(python, ['-m', 'millrace_trainer', 'train'], {
      env: trainerEnvironment(options, job),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { child, exit: exitOf(child) };
  } catch (error) {
    throw startFailure(python, error);
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
    MILLRACE_STOP_GRACE_SECONDS: String(STOP_GRACE_MS / 1000 - 1),
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

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((done, fail) => {
    child.once('error', (error) => {
      fail(startFailure(child.spawnfile, error));
    });
    child.once('close', (code, killedBy) => {
      done({ code, killedBy });
    });
  });
}

/** No such program, or none that may be run, stays so; a machine short of memory or processes may recover. */
function startFailure(python: string, error: unknown): PermanentFailure | TransientFailure {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'EACCES') {
    const message = 'Trainer cannot be started: run `make setup`, or set MILLRACE_TRAINER_PYTHON';
    return new PermanentFailure('InvalidInput', message, { python, code }, { cause: error });
  }
  const message = 'Trainer could not be started: is the machine short of memory, processes or open files?';
  return new TransientFailure('TrainerFailed', message, { python, code }, { cause: error });
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
async function trainerIdentity(directory: string, hasGpu: boolean): Promise<string> {
  const sources = (await readdir(join(directory, 'millrace_trainer'), { recursive: true }))
    .filter((name) => name.endsWith('.py'))
    .map((name) => join('millrace_trainer', name));
  // GPU and CPU give different bytes, so what was trained on one is not what the other would publish.
  const hash = createHash('sha256').update(hasGpu ? 'cuda\n' : 'cpu\n');
  // scripts/setup.sh installs the one or the other.
  for (const name of [hasGpu ? 'requirements-gpu.lock' : 'requirements.lock', ...sources].sort()) {
    hash.update(`${name}\n`).update(await readFile(join(directory, name)));
  }
  return hash.digest('hex');
}
