// Commits the fixture feature rows as a Delta table with one file per day, or month, as the transform stage leaves it.
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { lakeLayout } from '../../src/domain/lake-layout';
import { partitionColumns, type PartitionUnit } from '../../src/domain/period';
import { commit } from '../../src/lake/delta/commit';
import type { DataFile } from '../../src/lake/delta/data-file';
import { fileBody } from '../../src/lake/streams';
import type { ObjectStore } from '../../src/ports/object-store';
import { FEATURE_ROWS_FILE } from './model-fixtures';
import { LAKE, PIPELINE } from './registered-models';

/** Returns the version of the feature table. */
export async function commitFeatureTable(store: ObjectStore, unit: PartitionUnit = 'day'): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-features-'));
  try {
    await writePartitions(directory, unit);
    const files = await putFiles(store, path.join(directory, 'table'));
    const table = { bucket: LAKE, tableRoot: lakeLayout.table(PIPELINE, 'features') };
    const { version } = await commit(store, table, {
      transaction: { appId: 'test', version: 0 },
      timestampMs: 0,
      operation: 'WRITE',
      definition: {
        name: 'features',
        columns: [{ name: 'late', type: 'boolean' }],
        partitionColumns: partitionColumns(unit),
      },
      build: (snapshot) => ({ add: files, remove: [...(snapshot?.files.keys() ?? [])] }),
    });
    return version;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const FORMATS: Readonly<Record<string, string>> = { year: '%Y', month: '%m', day: '%d' };

async function writePartitions(directory: string, unit: PartitionUnit): Promise<void> {
  const source = path.join(directory, 'source.parquet');
  const folders = partitionColumns(unit);
  await copyFile(FEATURE_ROWS_FILE, source);
  const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 256, threads: 1 });
  try {
    await session.execute(`COPY (
      SELECT *, departed_at AS _event_time, ${folders.map((name) => `strftime(departed_at, '${FORMATS[name]!}') AS ${name}`).join(', ')}
      FROM read_parquet('${source}')
    ) TO '${path.join(directory, 'table')}' (FORMAT parquet, PARTITION_BY (${folders.join(', ')}))`);
  } finally {
    await session.close();
  }
}

async function putFiles(store: ObjectStore, root: string): Promise<readonly DataFile[]> {
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.parquet'));
  return Promise.all(
    names.map(async (name) => {
      const body = await fileBody(path.join(root, name));
      const relative = name.replace(/[^/]+\.parquet$/, `part-${body.sha256.slice(0, 16)}.parquet`);
      const key = `${lakeLayout.table(PIPELINE, 'features')}/${relative}`;
      await store.put({ bucket: LAKE, key }, body);
      return { path: relative, bytes: body.bytes, sha256: body.sha256, rows: 150 };
    }),
  );
}
