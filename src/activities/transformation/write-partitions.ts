import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { periodFolder, type Period } from '../../domain/period';
import type { DataFile } from '../../lake/delta/data-file';
import type { DeltaTable } from '../../lake/delta/table';
import { mapConcurrent } from '../../lake/map-concurrent';
import { checkedStatistics } from '../../lake/delta/checked-statistics';
import { publishDataFile } from '../../lake/delta/publish-data-file';
import { hashLocalFile } from '../../lake/streams';
import type { QuerySession } from '../../ports/query-engine';
import {
  copyPeriodSql,
  dropTableSql,
  exportPeriodsSql,
  loadPeriodsSql,
  type SortedRows,
} from '../../sql/period-files';
import type { StoredColumn } from '../../sql/table-columns';
import type { StageDependencies } from '../stage-dependencies';
import { groupPeriods } from './group-periods';

export interface PartitionRows {
  readonly period: Period;
  readonly rows: number;
}

export interface WritePartitionsInput {
  readonly table: DeltaTable;
  /** For progress: `clean` or `features`. */
  readonly name: string;
  readonly session: QuerySession;
  readonly directory: string;
  readonly partitions: readonly PartitionRows[];
  /** A table of the session, sorted by day and key; it is dropped as soon as its rows are exported. */
  readonly rows: SortedRows;
  readonly columns: readonly StoredColumn[];
  /** Paths that are live already: equal content is not uploaded again. */
  readonly live: ReadonlySet<string>;
}

export interface WrittenPartitions {
  readonly files: readonly DataFile[];
  /** Local files that together hold the rows of all partitions. */
  readonly rowsPaths: readonly string[];
}

/** Uploads of one lane at a time; more gain nothing against a near store. */
const UPLOADS = 4;
/** A few thousand rows cost less to write than to ask for. */
const PERIODS_PER_CALL = 8;

/**
 * Writes one file per period and uploads those that are new. Files are named by their content, so a retry finds what an
 * earlier attempt has uploaded, and an unchanged partition keeps its file.
 *
 * Each lane has an engine of its own with one thread: small files gain nothing from more, and lanes fill the cores.
 */
export async function writePartitions(
  deps: StageDependencies,
  input: WritePartitionsInput,
): Promise<WrittenPartitions> {
  const groups = await exportGroups(deps, input);
  const lanes = Math.max(1, Math.min(deps.engineOptions.threads, groups.length));
  const queue = groups.values();
  const files = new Map<string, DataFile>();
  await mapConcurrent(Array.from({ length: lanes }), lanes, () =>
    runLane(deps, { ...input, lanes, files }, queue),
  );
  return {
    files: input.partitions.flatMap(({ period }) => files.get(period) ?? []),
    rowsPaths: groups.map(({ path }) => path),
  };
}

/** Some whole periods in one local file. */
interface Group {
  readonly path: string;
  readonly periods: readonly PartitionRows[];
}

async function exportGroups(
  deps: StageDependencies,
  { session, directory, name, partitions, rows }: WritePartitionsInput,
): Promise<readonly Group[]> {
  const groups: Group[] = [];
  for (const [index, periods] of groupPeriods(partitions).entries()) {
    const path = join(directory, `${name}-group-${index}.parquet`);
    const [first, last] = [periods[0]?.period ?? '', periods.at(-1)?.period ?? ''];
    await session.execute(exportPeriodsSql(rows, path, first, last), deps.signal());
    groups.push({ path, periods });
  }
  await session.execute(dropTableSql(rows.table), deps.signal());
  return groups;
}

interface Lane extends WritePartitionsInput {
  readonly lanes: number;
  /** By period; shared by all lanes. */
  readonly files: Map<Period, DataFile>;
}

async function runLane(deps: StageDependencies, lane: Lane, queue: Iterable<Group>): Promise<void> {
  const { memoryLimitMegabytes } = deps.engineOptions;
  const session = await deps.engine.open({
    directory: lane.directory,
    threads: 1,
    isPlain: true,
    memoryLimitMegabytes: Math.ceil(memoryLimitMegabytes / lane.lanes),
  });
  let uploads: Promise<unknown> = Promise.resolve();
  try {
    for (const group of queue) {
      await copyGroup(deps, lane, session, group);
      // While these travel, the next periods are written.
      await uploads;
      uploads = mapConcurrent(group.periods, UPLOADS, (partition) => upload(deps, lane, partition));
      uploads.catch(() => undefined);
    }
    await uploads;
  } finally {
    session.close();
  }
}

async function copyGroup(
  deps: StageDependencies,
  lane: Lane,
  session: QuerySession,
  { path, periods }: Group,
): Promise<void> {
  const { name, columns, directory } = lane;
  await session.execute(loadPeriodsSql(path), deps.signal());
  for (let start = 0; start < periods.length; start += PERIODS_PER_CALL) {
    report(deps, lane);
    const copies = periods
      .slice(start, start + PERIODS_PER_CALL)
      .map(({ period }) => copyPeriodSql(columns, period, localPath({ directory, name }, period)));
    await session.execute(copies.join(';\n'), deps.signal());
  }
}

async function upload(deps: StageDependencies, lane: Lane, { period, rows }: PartitionRows): Promise<void> {
  const { bucket, tableRoot } = lane.table;
  const local = localPath(lane, period);
  const file = await hashLocalFile(local);
  const { sha256, bytes } = file;
  const path = `${periodFolder(period)}/part-${sha256.slice(0, 16)}.parquet`;
  if (!lane.live.has(path)) {
    deps.signal().throwIfAborted();
    await publishDataFile(deps.store, { bucket, key: `${tableRoot}/${path}` }, file);
  }
  const stats = await checkedStatistics(local, rows);
  await rm(local);
  lane.files.set(period, { path, bytes, sha256, rows, stats });
  report(deps, lane);
}

function report(deps: StageDependencies, { name, files, partitions }: Lane): void {
  deps.progress({ stage: 'transform', table: name, partition: files.size, of: partitions.length });
}

function localPath({ directory, name }: Pick<Lane, 'directory' | 'name'>, period: Period): string {
  return join(directory, `${name}-${period}.parquet`);
}
