import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { createIngestActivity } from '../../src/activities/ingest';
import { createTransformActivity } from '../../src/activities/transform';
import { createValidateActivity } from '../../src/activities/validate';
import { createLedger } from '../../src/lake/ledger';
import { createPlanLibrary } from '../../src/lake/plans';
import { startLakeServer } from '../../test/support/lake-server';
import { landFiles, LAKE, MEMORY_LIMIT_MEGABYTES } from './landing';
import { recordEngine, type Recording } from './recorded-engine';

export interface RecordedStages {
  readonly statements: number;
  /** Plays the SQL of all stages once, by DuckDB alone. */
  readonly play: () => Promise<{ readonly seconds: number; readonly cpuSeconds: number }>;
  readonly remove: () => Promise<void>;
}

/** Runs the data stages once in this process and keeps their SQL with the files that it reads. */
export async function recordStages(files: readonly string[]): Promise<RecordedStages> {
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  const [from, kept] = [path.join(directory, 'attempts'), path.join(directory, 'kept')];
  await mkdir(from);
  const recording = recordEngine(createDuckDbEngine(), from, kept);
  await runStages(recording, from, files);
  return {
    statements: recording.statements(),
    play: async () => {
      const to = await mkdtemp(path.join(directory, 'play-'));
      await cp(kept, to, { recursive: true });
      const [began, cpu] = [performance.now(), process.cpuUsage()];
      await recording.replay(createDuckDbEngine(), to);
      const { user, system } = process.cpuUsage(cpu);
      const seconds = (performance.now() - began) / 1000;
      await rm(to, { recursive: true });
      return { seconds, cpuSeconds: (user + system) / 1e6 };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function runStages(recording: Recording, scratch: string, files: readonly string[]): Promise<void> {
  const { server, store } = await startLakeServer([LAKE]);
  try {
    const deps = {
      store,
      engine: recording.engine,
      plans: createPlanLibrary(store, LAKE),
      lakeBucket: LAKE,
      scratchDirectory: scratch,
      engineOptions: { memoryLimitMegabytes: MEMORY_LIMIT_MEGABYTES, threads: 2 },
      signal: () => new AbortController().signal,
      progress: () => undefined,
    };
    const { run, batchUri } = await landFiles(store, 'bench', files);
    const ledger = createLedger(store, LAKE);
    const { manifest } = await createIngestActivity({ ...deps, ledger })({ run, batchUri });
    const { accepted } = await createValidateActivity(deps)({ run, manifest });
    if (!accepted) throw new Error('The batch was rejected');
    await createTransformActivity(deps)({ run, accepted });
  } finally {
    await server.stop();
  }
}
