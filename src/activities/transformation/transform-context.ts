import type { PipelinePlan } from '../../domain/plan';
import type { AddAction } from '../../lake/delta/actions';
import type { DeltaTable } from '../../lake/delta/table';
import { sha256OfAdd } from '../../lake/delta/table-version';
import { downloadTableFiles } from '../../lake/table-files';
import type { QuerySession } from '../../ports/query-engine';
import type { StageDependencies } from '../stage-dependencies';
import type { WrittenPartitions } from './write-partitions';
import { join } from 'node:path';
import { mkdir, mkdtemp } from 'node:fs/promises';

/** What both steps of a transform attempt work with. */
export interface TransformContext {
  readonly deps: StageDependencies;
  readonly plan: PipelinePlan;
  /** Local copy of the accepted rows, its hash checked. */
  readonly acceptedPath: string;
  readonly directory: string;
  readonly clean: DeltaTable;
  readonly features: DeltaTable;
  /** What was deleted; see update-tombstones.ts. */
  readonly tombstones: DeltaTable;
  /** Marks the batch's commits, so that a retry finds them. */
  readonly transactionId: string;
  /** When the accepted rows were published (store's clock): the same for every attempt. */
  readonly timestampMs: number;
  /** Shown in the tables' history. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What this attempt has written to the clean table: their rows are in local files, too. */
  written?: WrittenPartitions;
}

/** Lends a session with a directory of its own inside the attempt's. */
export async function withSession<T>(
  { deps, directory }: TransformContext,
  work: (session: QuerySession, directory: string) => Promise<T>,
): Promise<T> {
  const session = await deps.engine.open({ ...deps.engineOptions, directory });
  try {
    return await work(session, await mkdtemp(join(directory, 'work-')));
  } finally {
    session.close();
  }
}

/** Runs statements in order, cancellable between and within them. */
export async function executeAll(
  { deps }: TransformContext,
  session: QuerySession,
  statements: readonly string[],
): Promise<void> {
  for (const statement of statements) await session.execute(statement, deps.signal());
}

/** Downloads table files and checks each against the hash in the log; returns local paths. */
export async function fetchFiles(
  { deps }: TransformContext,
  table: DeltaTable,
  files: readonly AddAction[],
  directory: string,
): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  const wanted = files.map((file) => ({ path: file.path, bytes: file.size, sha256: sha256OfAdd(file) }));
  await downloadTableFiles(deps.store, table, wanted, directory, {
    signal: deps.signal(),
    onFile: (done) => {
      deps.progress({ stage: 'transform', downloaded: done, of: wanted.length });
    },
  });
  return wanted.map(({ path }) => join(directory, path));
}
