import type { VacuumTableInput, VacuumTableResult } from '../../contracts/activities/maintenance';
import { lakeLayout, type TableName } from '../../domain/lake-layout';
import { unneededFiles, type ListedFile } from '../../domain/vacuum';
import { listSnapshots, readManifest } from '../../lake/backups';
import { neededFiles } from '../../lake/delta/needed-files';
import { logPrefix, type DeltaTable } from '../../lake/delta/table';
import { listModelVersions } from '../../lake/registry';
import { PermanentFailure } from '../../ports/failures';
import type { ObjectStore } from '../../ports/object-store';
import type { StageDependencies } from '../stage-dependencies';
import { deleteOldFiles, listFiles, type Folder } from './old-files';
import { vacuumLeftovers } from './vacuum-leftovers';

export interface VacuumDependencies extends Pick<
  StageDependencies,
  'store' | 'lakeBucket' | 'signal' | 'progress'
> {
  readonly backupBucket: string;
}

/** Writers have hours to commit what they uploaded; nothing younger than this is ever deleted. */
const MIN_RETENTION_DAYS = 1;
const DAY_MS = 24 * 60 * 60 * 1000;
const SAMPLE = 20;

/**
 * Deletes data files that nothing needs any more; the log stays whole. Files are listed before the log is read, and
 * each is looked at once more before it goes: one that a writer has put again meanwhile is kept. What batches on their
 * way to the tables have left behind goes with the clean table.
 *
 * Failures: `PermanentFailure('InvalidInput')` for a retention below one day; those of the store and the log.
 */
export function createVacuumActivity(
  deps: VacuumDependencies,
): (input: VacuumTableInput) => Promise<VacuumTableResult> {
  return async ({ pipeline, table: name, nowMs, retentionDays, dryRun }) => {
    if (!(retentionDays >= MIN_RETENTION_DAYS)) {
      const message = `Retention is too short: expected at least ${MIN_RETENTION_DAYS} day, got ${retentionDays}`;
      throw new PermanentFailure('InvalidInput', message, { pipeline });
    }
    const cutoffMs = nowMs - retentionDays * DAY_MS;
    const table = { bucket: deps.lakeBucket, tableRoot: lakeLayout.table(pipeline, name) };
    const folder = { bucket: deps.lakeBucket, prefix: `${table.tableRoot}/` };
    const listed = await listDataFiles(deps.store, table, folder);
    const needed = new Set([
      ...(await neededFiles(deps.store, table, cutoffMs, await modelPins(deps, pipeline, name))),
      ...(await backupPins(deps, pipeline, table)),
    ]);
    const unneeded = unneededFiles(listed, needed, cutoffMs);
    const gone = dryRun ? unneeded : await deleteOldFiles(deps, folder, unneeded, cutoffMs);
    return {
      table: name,
      files: listed.length,
      unneeded: gone.length,
      unneededBytes: gone.reduce((sum, { bytes }) => sum + bytes, 0),
      sample: gone.slice(0, SAMPLE).map(({ path }) => path),
      ...(name === 'clean' ? { leftovers: await vacuumLeftovers(deps, pipeline, cutoffMs, dryRun) } : {}),
    };
  };
}

async function listDataFiles(
  store: ObjectStore,
  table: DeltaTable,
  folder: Folder,
): Promise<readonly ListedFile[]> {
  const log = logPrefix(table).slice(folder.prefix.length);
  const files = await listFiles(store, folder);
  return files.filter(({ path }) => !path.startsWith(log) && path.endsWith('.parquet'));
}

/** Table versions that registered models were made of: lineage and training must be repeatable. */
async function modelPins(
  { store, lakeBucket }: VacuumDependencies,
  pipeline: string,
  table: TableName,
): Promise<readonly number[]> {
  // Nothing is made of tombstones but the next version of the clean table.
  if (table === 'tombstones') return [];
  const models = await listModelVersions(store, lakeBucket, pipeline);
  return models.map(({ value: { lineage } }) =>
    table === 'clean' ? lineage.cleanVersion : lineage.featuresVersion,
  );
}

/** What a snapshot names stays, so that lake and backup can be compared and repaired from one another. */
async function backupPins(
  { store, backupBucket }: VacuumDependencies,
  pipeline: string,
  { tableRoot }: DeltaTable,
): Promise<readonly string[]> {
  const pins = new Set<string>();
  for (const { snapshot } of await listSnapshots(store, backupBucket, pipeline)) {
    const { value } = await readManifest(store, backupBucket, pipeline, snapshot);
    for (const { key } of value.objects) {
      if (key.startsWith(`${tableRoot}/`)) pins.add(key.slice(tableRoot.length + 1));
    }
  }
  return [...pins];
}
