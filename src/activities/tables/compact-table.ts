import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';
import type { CompactTableResult, TableMaintenanceInput } from '../../contracts/activities/maintenance';
import { lakeLayout, type TableName } from '../../domain/lake-layout';
import type { PipelinePlan } from '../../domain/plan';
import type { AddAction, FileStatistics } from '../../lake/delta/actions';
import { checkedStatistics } from '../../lake/delta/checked-statistics';
import { commit } from '../../lake/delta/commit';
import type { DataFile } from '../../lake/delta/data-file';
import { readSnapshot } from '../../lake/delta/log';
import type { FileChanges } from '../../lake/delta/plan-commit';
import type { Snapshot } from '../../lake/delta/snapshot';
import type { DeltaTable } from '../../lake/delta/table';
import { sha256OfAdd } from '../../lake/delta/table-version';
import { publishDataFile } from '../../lake/delta/publish-data-file';
import { digestOf } from '../../lake/digest';
import { hashLocalFile } from '../../lake/streams';
import { downloadTableFiles } from '../../lake/table-files';
import { compactSql, type RowOrder } from '../../sql/compact';
import { EVENT_TIME_COLUMN, keyColumn, storedName } from '../../sql/stored-names';
import { withScratch } from '../scratch';
import type { StageDependencies } from '../stage-dependencies';
import { writeCheckpointIfDue } from './write-checkpoint';

/** What engines aim for; larger files are left as they are. */
const TARGET_BYTES = 128 * 1024 * 1024;

export interface CompactDependencies extends StageDependencies {
  readonly plans: StageDependencies['plans'] & {
    readonly currentDigest: (pipeline: string) => Promise<string>;
  };
}

/**
 * Merges the small files of each partition into one, in one commit with `dataChange: false`. A lost race is planned
 * anew on what won: files that came meanwhile stay, partitions that were rewritten are left alone. It needs no mark of
 * its own in the log: once committed there is nothing left to merge.
 */
export function createCompactActivity(
  deps: CompactDependencies,
): (input: TableMaintenanceInput) => Promise<CompactTableResult> {
  return async ({ pipeline, table: name, nowMs }) => {
    const table = { bucket: deps.lakeBucket, tableRoot: lakeLayout.table(pipeline, name) };
    const before = await readSnapshot(deps.store, table);
    if (!before) return { table: name, filesBefore: 0, filesAfter: 0 };
    const plan = await deps.plans.load(pipeline, await deps.plans.currentDigest(pipeline));
    const { snapshot } = await withScratch(deps.scratchDirectory, 'compact', async (directory) => {
      const merge = createMerger(deps, table, orderOf(plan, name), directory);
      const committed = await commit(deps.store, table, {
        timestampMs: nowMs,
        operation: 'OPTIMIZE',
        parameters: { reason: 'compaction' },
        build: (current) => compaction(current, merge),
      });
      await writeCheckpointIfDue(deps, table, committed.snapshot, directory);
      return committed;
    });
    const { version, files } = snapshot;
    return { table: name, version, filesBefore: before.files.size, filesAfter: files.size };
  };
}

function orderOf({ eventTime, key }: PipelinePlan, table: TableName): RowOrder {
  return table === 'features'
    ? { eventTime: EVENT_TIME_COLUMN, key: key.map(keyColumn) }
    : { eventTime: storedName(eventTime), key: key.map(storedName) };
}

type Merge = (files: readonly AddAction[]) => Promise<DataFile>;

async function compaction(snapshot: Snapshot | undefined, merge: Merge): Promise<FileChanges | undefined> {
  const groups = smallFileGroups([...(snapshot?.files.values() ?? [])]);
  if (groups.length === 0) return undefined;
  const add: DataFile[] = [];
  for (const group of groups) add.push(await merge(group));
  return { add, remove: groups.flat().map(({ path }) => path), dataChange: false };
}

/** Two or more small files of one partition. */
function smallFileGroups(files: readonly AddAction[]): readonly (readonly AddAction[])[] {
  const groups = new Map<string, AddAction[]>();
  for (const file of files.filter(({ size }) => size < TARGET_BYTES)) {
    const folder = dirname(file.path);
    groups.set(folder, [...(groups.get(folder) ?? []), file]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** Merges each group once, however often the commit is planned anew. */
function createMerger(deps: StageDependencies, table: DeltaTable, order: RowOrder, directory: string): Merge {
  const merged = new Map<string, DataFile>();
  return async (files) => {
    const inputs = files.map((file) => ({ path: file.path, bytes: file.size, sha256: sha256OfAdd(file) }));
    const digest = digestOf(inputs.map(({ path }) => path).sort());
    const known = merged.get(digest);
    if (known) return known;
    const folder = join(directory, digest);
    await mkdir(folder);
    await downloadTableFiles(deps.store, table, inputs, folder, { signal: deps.signal() });
    deps.progress({ table: table.tableRoot, partition: merged.size + 1 });
    const local = join(folder, 'merged.parquet');
    await runCopy(
      deps,
      folder,
      compactSql(inputs.map(({ path }) => join(folder, path)).sort(), order, local),
    );
    const file = await publishMerged(deps, table, files, local);
    merged.set(digest, file);
    return file;
  };
}

async function runCopy(deps: StageDependencies, directory: string, sql: string): Promise<void> {
  const session = await deps.engine.open({ ...deps.engineOptions, directory });
  try {
    await session.execute(sql, deps.signal());
  } finally {
    await session.close();
  }
}

async function publishMerged(
  { store }: StageDependencies,
  table: DeltaTable,
  files: readonly AddAction[],
  local: string,
): Promise<DataFile> {
  const rows = files.reduce(
    (sum, { stats = '{}' }) => sum + (JSON.parse(stats) as FileStatistics).numRecords,
    0,
  );
  const stats = await checkedStatistics(local, rows);
  const hashed = await hashLocalFile(local);
  const path = `${dirname(files[0]?.path ?? '')}/part-${hashed.sha256.slice(0, 16)}.parquet`;
  await publishDataFile(store, { bucket: table.bucket, key: `${table.tableRoot}/${path}` }, hashed);
  return { path, bytes: hashed.bytes, sha256: hashed.sha256, rows, stats };
}
