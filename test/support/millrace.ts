// Drives the real command line, as a user would: real processes, a state folder of its own.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSession, type CliSession } from '../../src/cli/session';

/** npm runs everything from the checkout's root; compiled benchmarks lie elsewhere, so `__dirname` would not do. */
export const REPOSITORY = process.cwd();
export const PROGRAM = path.join(REPOSITORY, 'bin', 'millrace.cjs');
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** A command's JSON answer; tests look into it with matchers. */
export type Document = Readonly<Record<string, unknown>>;

export interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON, for commands run with `--json`. */
  readonly json: () => Document;
}

export interface TestStack {
  readonly state: string;
  readonly directory: string;
  /** Runs `millrace ARGS --json --state …`; a code other than `expectedCode` fails the test with what it printed. */
  readonly millrace: (args: readonly string[], expectedCode?: number) => Promise<Document>;
  readonly session: CliSession;
  readonly writeFile: (name: string, text: string) => Promise<string>;
  /** @param keep leaves the state folder, with its logs, for a look at what went wrong. */
  readonly stop: (keep?: 'keep') => Promise<void>;
}

export function runMillrace(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [PROGRAM, ...args],
      { cwd: REPOSITORY, env, maxBuffer: MAX_OUTPUT_BYTES },
      (error, stdout, stderr) => {
        const exitCode = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ exitCode, stdout, stderr, json: () => JSON.parse(stdout) as Document });
      },
    );
  });
}

export interface TestStackOptions {
  /** For its processes (docs/how-to/inject-faults.md). */
  readonly faults?: string;
  /** For its processes and its commands, as far as a stack takes them over. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A whole local stack in a temporary folder. */
export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-test-'));
  const state = path.join(directory, 'state');
  const env = { ...process.env, ...options.variables, MILLRACE_FAULTS: options.faults ?? '' };
  const millrace = async (args: readonly string[], expectedCode = 0): Promise<Document> => {
    const outcome = await runMillrace([...args, '--json', '--state', state], env);
    if (outcome.exitCode !== expectedCode) {
      throw new Error(
        `millrace ${args.join(' ')} ended with ${outcome.exitCode}, expected ${expectedCode}\n${outcome.stdout}\n${outcome.stderr}`,
      );
    }
    return outcome.json();
  };
  await millrace(['up', '--detach']);
  const session = openSession(state, process.env);
  return {
    state,
    directory,
    millrace,
    session,
    writeFile: async (name, text) => {
      const file = path.join(directory, name);
      await writeFile(file, text);
      return file;
    },
    stop: async (keep) => {
      await session.close();
      await millrace(['down']);
      if (!keep) await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
