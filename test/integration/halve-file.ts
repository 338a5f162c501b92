import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { commit } from '../../src/lake/delta/commit';
import type { DataFile } from '../../src/lake/delta/data-file';
import { fileBody, hashingDownload } from '../../src/lake/streams';
import { LAKE, type Lake } from './data-fixture';

/** Puts two files with half of the rows each in the place of one, as another writer might leave them. */
export async function halveFile(lake: Lake, tableRoot: string, whole: string): Promise<void> {
  const directory = await mkdtemp(path.join(lake.scratch, 'halves-'));
  const source = path.join(directory, 'whole.parquet');
  await hashingDownload(lake.store, { bucket: LAKE, key: `${tableRoot}/${whole}` }, source);
  const session = await lake.deps.engine.open({ directory, memoryLimitMegabytes: 128, threads: 1 });
  const add: DataFile[] = [];
  for (const half of [0, 1]) {
    const file = path.join(directory, `half-${half}.parquet`);
    await session.execute(
      `COPY (SELECT * FROM read_parquet('${source}') WHERE id % 2 = ${half}) TO '${file}' (FORMAT parquet)`,
    );
    const [row] = await session.rows(`SELECT count(*)::INTEGER AS rows FROM read_parquet('${file}')`);
    const body = await fileBody(file);
    const target = `${path.dirname(whole)}/half-${half}.parquet`;
    await lake.store.put({ bucket: LAKE, key: `${tableRoot}/${target}` }, body);
    add.push({ path: target, bytes: body.bytes, sha256: body.sha256, rows: Number(row!['rows']) });
  }
  await session.close();
  await commit(
    lake.store,
    { bucket: LAKE, tableRoot },
    { timestampMs: 0, operation: 'WRITE', build: () => ({ add, remove: [whole] }) },
  );
}
