import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFile } from '../../lake/delta/data-file';
import type { DeltaTable } from '../../lake/delta/table';
import { mapConcurrent } from '../../lake/map-concurrent';
import { publishFile } from '../../lake/artifacts';
import { checkedStatistics } from '../../lake/delta/checked-statistics';
import { fileBody } from '../../lake/streams';
import type { QuerySession } from '../../ports/query-engine';
import type { StageDependencies } from '../stage-dependencies';
import { partitionFolder } from './table-partitions';

export interface PartitionRows {
  readonly day: string;
  readonly rows: number;
}

export interface WritePartitionsInput {
  readonly table: DeltaTable;
  /** For progress: `clean` or `features`. */
  readonly name: string;
  readonly session: QuerySession;
  readonly directory: string;
  readonly partitions: readonly PartitionRows[];
  /** SQL that writes one day to a file, the same bytes for the same rows. */
  readonly copySql: (day: string, path: string) => string;
  /** Paths that are live already: equal content is not uploaded again. */
  readonly live: ReadonlySet<string>;
}

/** Written while the next partition is computed; more lanes gain nothing against a near store. */
const UPLOAD_LANES = 8;

/**
 * Writes one file per day and uploads those that are new. Files are named by their content, so a retry finds what an
 * earlier attempt has uploaded, and an unchanged partition keeps its file.
 */
export async function writePartitions(
  deps: StageDependencies,
  input: WritePartitionsInput,
): Promise<readonly DataFile[]> {
  const files: DataFile[] = [];
  for (let first = 0; first < input.partitions.length; first += UPLOAD_LANES) {
    const group = input.partitions.slice(first, first + UPLOAD_LANES);
    for (const [index, { day }] of group.entries()) {
      deps.progress({
        stage: 'transform',
        table: input.name,
        partition: first + index + 1,
        of: input.partitions.length,
      });
      await input.session.execute(input.copySql(day, localPath(input, day)), deps.signal());
    }
    files.push(...(await mapConcurrent(group, UPLOAD_LANES, (partition) => upload(deps, input, partition))));
  }
  return files;
}

async function upload(
  deps: StageDependencies,
  input: WritePartitionsInput,
  { day, rows }: PartitionRows,
): Promise<DataFile> {
  const { bucket, tableRoot } = input.table;
  const local = localPath(input, day);
  const { sha256, bytes } = await fileBody(local);
  const path = `${partitionFolder(day)}/part-${sha256.slice(0, 16)}.parquet`;
  if (!input.live.has(path)) {
    deps.signal().throwIfAborted();
    await publishFile(deps.store, { bucket, key: `${tableRoot}/${path}` }, local);
  }
  const file = { path, bytes, sha256, rows, stats: await checkedStatistics(local, rows) };
  await rm(local);
  return file;
}

function localPath({ directory, name }: WritePartitionsInput, day: string): string {
  return join(directory, `${name}-${day}.parquet`);
}
