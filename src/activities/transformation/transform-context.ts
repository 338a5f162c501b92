import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableName } from '../../domain/lake-layout';
import type { PipelinePlan } from '../../domain/plan';
import type { AddAction } from '../../lake/delta/actions';
import type { DeltaTable } from '../../lake/delta/table';
import { sha256OfAdd } from '../../lake/delta/table-version';
import { downloadTableFiles } from '../../lake/table-files';
import type { EnginePool } from '../engine-pool';
import type { StageDependencies } from '../stage-dependencies';

interface LocalFile {
  readonly path: string;
  readonly ready: Promise<unknown>;
}

/** When a batch is cut into groups of partitions for activities of their own, and how many of these run at a time. */
export interface SplitSettings {
  readonly splitBytes: number;
  readonly parallel: number;
}

export interface TransformDependencies extends StageDependencies {
  /** Absent = one activity does it all. */
  readonly split?: SplitSettings;
  /** Partitions of so many rows are put in order one by one; shows in no byte. @default see areSortedApart */
  readonly minRowsApart?: number;
}

/** What all steps of a transform attempt work with. */
export interface TransformContext {
  readonly deps: TransformDependencies;
  readonly plan: PipelinePlan;
  /** Local copy of the accepted rows, its hash checked; fetched when it is first asked for. */
  readonly accepted: () => Promise<string>;
  readonly acceptedBytes: number;
  readonly directory: string;
  readonly engines: EnginePool;
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
  /** Table files that are at hand, by the place that a download would give them. */
  readonly local: Map<string, LocalFile>;
}

/**
 * Local paths of table files, downloaded unless they are at hand, each checked against the hash in the log. Files are
 * named by their content, so one that was fetched or written once stays right.
 */
export async function fetchFiles(
  { deps, directory, local }: TransformContext,
  table: DeltaTable,
  files: readonly AddAction[],
): Promise<readonly string[]> {
  const root = join(directory, 'tables', table.tableRoot);
  const missing = files.filter(({ path }) => !local.has(join(root, path)));
  const wanted = missing.map((file) => ({ path: file.path, bytes: file.size, sha256: sha256OfAdd(file) }));
  const ready = mkdir(root, { recursive: true }).then(() =>
    downloadTableFiles(deps.store, table, wanted, root, {
      signal: deps.signal(),
      onFile: (done) => {
        deps.progress({ stage: 'transform', downloaded: done, of: wanted.length });
      },
    }),
  );
  for (const { path } of missing) local.set(join(root, path), { path: join(root, path), ready });
  await ready;
  return Promise.all(
    files.map(async ({ path }) => {
      const file = local.get(join(root, path));
      await file?.ready;
      return file?.path ?? '';
    }),
  );
}

/** Spares the download of a file that this attempt has written. */
export function keepFile(
  { directory, local }: TransformContext,
  { tableRoot }: DeltaTable,
  file: { readonly path: string; readonly local: string },
): void {
  local.set(join(directory, 'tables', tableRoot, file.path), { path: file.local, ready: Promise.resolve() });
}

/** Tells how many of the partitions of a table are written; call it for each. */
export function countFiles({ deps }: TransformContext, table: TableName, of: number): () => void {
  let partition = 0;
  return () => {
    deps.progress({ stage: 'transform', table, partition: (partition += 1), of });
  };
}
