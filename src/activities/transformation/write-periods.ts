import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { periodFolder, type Period } from '../../domain/period';
import { checkedStatistics } from '../../lake/delta/checked-statistics';
import type { DataFile } from '../../lake/delta/data-file';
import { publishDataFile } from '../../lake/delta/publish-data-file';
import type { DeltaTable } from '../../lake/delta/table';
import { mapConcurrent } from '../../lake/map-concurrent';
import { hashLocalFile } from '../../lake/streams';
import { copyPeriodSql, type RowSource } from '../../sql/period-files';
import type { PeriodRows } from './group-periods';
import type { Lane } from './lanes';
import { keepFile, type TransformContext } from './transform-context';

export interface WritePeriodsInput {
  readonly table: DeltaTable;
  /** The periods that have rows, and how many. */
  readonly periods: readonly PeriodRows[];
  /** In the lane's session. */
  readonly rows: RowSource;
  /** Paths that are live already: equal content is not uploaded again. */
  readonly live: ReadonlySet<string>;
  /** Whether this attempt reads the rows again. */
  readonly isReadAgain: boolean;
  readonly onFile: (file: DataFile) => void;
}

/** Uploads of one lane at a time; more gain nothing against a near store. */
const UPLOADS = 4;
/** So many are written while the ones before travel. */
const PERIODS_PER_CALL = 8;

/**
 * Writes one file per period and uploads those that are new. Files are named by their content, so a retry finds what an
 * earlier attempt has uploaded, and an unchanged partition keeps its file.
 */
export async function writePeriods(
  context: TransformContext,
  lane: Lane,
  input: WritePeriodsInput,
): Promise<readonly DataFile[]> {
  const { deps } = context;
  const { rows, periods } = input;
  const files: DataFile[] = [];
  let uploads: Promise<readonly DataFile[]> = Promise.resolve([]);
  for (let start = 0; start < periods.length; start += PERIODS_PER_CALL) {
    const next = periods.slice(start, start + PERIODS_PER_CALL);
    const copies = next.map((period) => copyPeriodSql(rows, period, localPath(lane, rows, period.period)));
    await lane.session.execute(copies.join(';\n'), deps.signal());
    files.push(...(await uploads));
    uploads = mapConcurrent(next, UPLOADS, (period) => upload(context, lane, input, period));
    uploads.catch(() => undefined);
  }
  files.push(...(await uploads));
  return files;
}

async function upload(
  context: TransformContext,
  lane: Lane,
  { table, rows: source, live, isReadAgain, onFile }: WritePeriodsInput,
  { period, rows }: PeriodRows,
): Promise<DataFile> {
  const { deps } = context;
  const local = localPath(lane, source, period);
  const file = await hashLocalFile(local);
  const { sha256, bytes } = file;
  const path = `${periodFolder(period)}/part-${sha256.slice(0, 16)}.parquet`;
  if (!live.has(path)) {
    deps.signal().throwIfAborted();
    await publishDataFile(deps.store, { bucket: table.bucket, key: `${table.tableRoot}/${path}` }, file);
  }
  const stats = await checkedStatistics(local, rows);
  if (isReadAgain) keepFile(context, table, { path, local });
  else await rm(local);
  const written = { path, bytes, sha256, rows, stats };
  onFile(written);
  return written;
}

function localPath({ directory }: Lane, { relation }: RowSource, period: Period): string {
  return join(directory, `${relation}-${period}.parquet`);
}
