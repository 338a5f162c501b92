// npm run storm -- [--uploads N] [--pipelines N] [--seed S]: a flood into one pipeline, then a burst into many.
import { ok } from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { connectClient } from '../../src/client/connect';
import { startTestStack } from '../support/millrace';
import { createRandom } from '../support/seeded-random';
import { HISTORY_LIMITS, largestHistories, type LargestHistories } from '../support/storm/histories';
import { watchMemory } from '../support/storm/memory';
import { burst } from './burst';
import { flood } from './flood';

const DEFAULT_UPLOADS = 5_000;
const DEFAULT_PIPELINES = 1_000;
/** MB. What they need does not depend on how much lands; DuckDB's own limit is the larger part of the data worker's. */
const MEMORY_LIMITS: Readonly<Record<string, number>> = {
  receiver: 400,
  worker: 800,
  'data-worker': 1_500,
  'train-worker': 600,
};

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

interface Options {
  readonly uploads: number;
  readonly pipelines: number;
  readonly seed: number;
}

function options(): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { uploads: text, pipelines: text, seed: text } });
  const number = (name: keyof typeof values, fallback: number): number => {
    const value = Number(values[name] ?? fallback);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} must be a whole number from 0`);
    return value;
  };
  return {
    uploads: number('uploads', DEFAULT_UPLOADS),
    pipelines: number('pipelines', DEFAULT_PIPELINES),
    seed: number('seed', Date.now() % 2 ** 31),
  };
}

async function main(): Promise<void> {
  const { uploads, pipelines, seed } = options();
  say(
    `seed ${seed}; again with: npm run storm -- --uploads ${uploads} --pipelines ${pipelines} --seed ${seed}`,
  );
  const random = createRandom(seed);
  const stack = await startTestStack();
  const { client, close } = await connectClient(stack.session.settings.temporal);
  const memory = watchMemory(stack.state);
  let kept: 'keep' | undefined = 'keep';
  try {
    if (uploads > 0) await flood(stack, uploads, random, say);
    if (pipelines > 0) await burst(stack, client, pipelines, random, say);
    checkHistories(await largestHistories(client));
    checkMemory(memory.stop());
    say('nothing lost, nothing twice');
    kept = undefined;
  } finally {
    memory.stop();
    if (kept) say(`state ${stack.state}`);
    await close();
    await stack.stop(kept);
  }
}

function checkHistories(histories: readonly LargestHistories[]): void {
  for (const { type, executions, events, bytes } of histories) {
    say(`history ${type}: ${executions} executions, at most ${events} events and ${bytes} bytes`);
    ok(
      events <= HISTORY_LIMITS.events && bytes <= HISTORY_LIMITS.bytes,
      `${type} came too near to the limits`,
    );
  }
}

function checkMemory(peaks: ReadonlyMap<string, number>): void {
  for (const [name, megabytes] of peaks) {
    const limit = MEMORY_LIMITS[name];
    say(`memory ${name}: at most ${megabytes} MB${limit === undefined ? '' : ` (limit ${limit})`}`);
    ok(limit === undefined || megabytes <= limit, `${name} took ${megabytes} MB`);
  }
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
