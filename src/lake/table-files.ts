import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lakeLayout, type TableName } from '../domain/lake-layout';
import { periodOfPath, type Period } from '../domain/period';
import type { TableVersion } from '../domain/stage';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import { readSnapshot } from './delta/log';
import type { Snapshot } from './delta/snapshot';
import type { DeltaTable } from './delta/table';
import { contentDigest, sha256OfAdd, tableVersion } from './delta/table-version';
import { mapConcurrent } from './map-concurrent';
import { hashingDownload } from './streams';

/** One live data file of a table version. */
export interface TableFile {
  /** Relative to the table's root: `year=2013/month=01/day=05/part-….parquet`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface TableSnapshot {
  readonly version: number;
  readonly contentDigest: string;
  readonly files: readonly TableFile[];
}

/** @throws PermanentFailure NotFound when the table or the version does not exist. */
export async function requireSnapshot(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
  table: TableName,
  version?: number,
): Promise<TableSnapshot> {
  const snapshot = await requireDeltaSnapshot(
    store,
    { bucket, tableRoot: lakeLayout.table(pipeline, table) },
    version,
  );
  const files = [...snapshot.files.values()].map((add) => ({
    path: add.path,
    bytes: add.size,
    sha256: sha256OfAdd(add),
  }));
  return { version: snapshot.version, contentDigest: contentDigest(snapshot), files };
}

/** Version, rows, files and content of the newest version. @throws PermanentFailure NotFound when there is no table. */
export async function requireTableVersion(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
  table: TableName,
): Promise<TableVersion> {
  return tableVersion(
    await requireDeltaSnapshot(store, { bucket, tableRoot: lakeLayout.table(pipeline, table) }),
  );
}

/** @throws PermanentFailure NotFound when the table or the version does not exist. */
export async function requireDeltaSnapshot(
  store: ObjectStore,
  table: DeltaTable,
  version?: number,
): Promise<Snapshot> {
  const snapshot = await readSnapshot(store, table, version);
  if (snapshot) return snapshot;
  throw new PermanentFailure('NotFound', 'No such table', { ...table, version });
}

/** @throws PermanentFailure IntegrityError for a file that lies in no partition of time. */
export function partitionOf({ path }: Pick<TableFile, 'path'>): Period {
  const period = periodOfPath(path);
  if (period !== undefined) return period;
  throw new PermanentFailure('IntegrityError', 'Table file is in no partition of a day, month or year', {
    path,
  });
}

/** Small files and a local or near store: more lanes than this gave no gain. */
const DOWNLOAD_LANES = 8;

/** Downloads files into `directory`, keeping their relative paths, and checks each against its hash. */
export async function downloadTableFiles(
  store: ObjectStore,
  table: { readonly bucket: string; readonly tableRoot: string },
  files: readonly TableFile[],
  directory: string,
  options: { readonly signal?: AbortSignal; readonly onFile?: (done: number) => void } = {},
): Promise<void> {
  let done = 0;
  await mapConcurrent(files, DOWNLOAD_LANES, async ({ path, sha256 }) => {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    const location = { bucket: table.bucket, key: `${table.tableRoot}/${path}` };
    const { signal } = options;
    await hashingDownload(store, location, target, { expectedSha256: sha256, ...(signal ? { signal } : {}) });
    options.onFile?.((done += 1));
  });
}
