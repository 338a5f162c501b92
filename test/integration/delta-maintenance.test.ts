// Vacuum, compaction and checkpoints among writers, on a real object store.
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCompactActivity } from '../../src/activities/tables/compact-table';
import { createVacuumActivity } from '../../src/activities/tables/vacuum-table';
import { writeCheckpointIfDue } from '../../src/activities/tables/write-checkpoint';
import type { StageDependencies } from '../../src/activities/stage-dependencies';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import type { VacuumTableResult } from '../../src/contracts/activities/maintenance';
import type { PipelinePlan } from '../../src/domain/plan';
import { snapshotName, type BackupManifest } from '../../src/domain/backup-manifest';
import { backupLayout, lakeLayout } from '../../src/domain/lake-layout';
import { commit } from '../../src/lake/delta/commit';
import type { DataFile } from '../../src/lake/delta/data-file';
import { readSnapshot } from '../../src/lake/delta/log';
import { publishDataFile } from '../../src/lake/delta/publish-data-file';
import type { FileChanges } from '../../src/lake/delta/plan-commit';
import { createDocument } from '../../src/lake/documents';
import { versionAt } from '../../src/lake/table-versions';
import type { ObjectStore } from '../../src/ports/object-store';
import { openTableBench, type TableBench } from '../support/delta-tables';
import { startLakeServer, type LakeServer } from '../support/lake-server';

const DAY_MS = 24 * 60 * 60 * 1000;
const DAY = 'year=2024/month=01/day=01/';
const COLUMNS = [
  { name: 'id', type: 'integer' },
  { name: 'note', type: 'string' },
  { name: 'happened', type: 'timestamp' },
] as const;
const READ = `
import json, sys
from deltalake import DeltaTable
import pyarrow.dataset as ds
out = []
for version in range(DeltaTable(sys.argv[1]).version() + 1):
    try:
        out.append(sorted(DeltaTable(sys.argv[1], version=version).to_pyarrow_table().column("id").to_pylist()))
    except Exception:
        out.append(None)
print(json.dumps(out))
`;

let server: LakeServer;
let bench: TableBench;
let deps: StageDependencies;
let pipeline = 0;
beforeAll(async () => {
  server = await startLakeServer(['lake', 'backup']);
});
afterAll(() => server.server.stop());
beforeEach(async () => {
  const tableRoot = lakeLayout.table(`p${(pipeline += 1)}`, 'clean');
  bench = await openTableBench(server.store, { bucket: 'lake', tableRoot });
  deps = {
    store: bench.store,
    engine: createDuckDbEngine(),
    plans: { load: () => Promise.resolve({ key: ['id'], eventTime: 'happened' } as unknown as PipelinePlan) },
    lakeBucket: 'lake',
    scratchDirectory: await mkdtemp(path.join(bench.folder, 'scratch-')),
    engineOptions: { memoryLimitMegabytes: 256, threads: 2 },
    signal: () => new AbortController().signal,
    progress: () => undefined,
  };
});
afterEach(() => bench.close());

const name = (): string => `p${pipeline}`;
const rowsFile = (ids: readonly number[], folder = DAY): Promise<DataFile> =>
  bench.dataFile(
    `SELECT id::BIGINT AS id, 'note ' || id AS note, TIMESTAMPTZ '2024-01-01' AS happened FROM (VALUES ${ids.map((id) => `(${id})`).join()}) AS v(id)`,
    folder,
  );
const commitFiles = async (
  work: string,
  build: FileChanges | (() => Promise<FileChanges>),
): Promise<number> => {
  const { version, snapshot } = await commit(bench.store, bench.table, {
    definition: { name: 'clean', columns: COLUMNS },
    transaction: { appId: work, version: 1 },
    timestampMs: 1,
    operation: 'WRITE',
    build: typeof build === 'function' ? build : () => build,
    maxAttempts: 200,
  });
  const directory = await mkdtemp(path.join(bench.folder, 'checkpoint-'));
  await writeCheckpointIfDue(deps, bench.table, snapshot, directory, 5);
  return version;
};
const compact = () =>
  createCompactActivity({
    ...deps,
    plans: { ...deps.plans, currentDigest: () => Promise.resolve('digest') },
  })({ pipeline: name(), table: 'clean', nowMs: 2 });
const vacuum = (
  nowMs: number,
  dryRun = false,
  store: ObjectStore = bench.store,
): Promise<VacuumTableResult> =>
  createVacuumActivity({ ...deps, store, backupBucket: 'backup' })({
    pipeline: name(),
    table: 'clean',
    nowMs,
    retentionDays: 7,
    dryRun,
  });
const pathsOf = (files: readonly DataFile[]): readonly string[] => files.map((file) => file.path);
const inAMonth = (): number => Date.now() + 30 * DAY_MS;
const readAll = async (): Promise<unknown> => bench.python(READ, await bench.copyToDisk());

describe('compaction', () => {
  it('merges the small files of each partition, and readers see the same rows at every version', async () => {
    await commitFiles('a', {
      add: [await rowsFile([1, 5]), await rowsFile([9], 'year=2024/month=01/day=02/')],
      remove: [],
    });
    await commitFiles('b', { add: [await rowsFile([3])], remove: [] });
    await commitFiles('c', { add: [await rowsFile([4])], remove: [] });
    expect(await compact()).toEqual({ table: 'clean', version: 3, filesBefore: 4, filesAfter: 2 });
    expect(await readAll()).toEqual([
      [1, 5, 9],
      [1, 3, 5, 9],
      [1, 3, 4, 5, 9],
      [1, 3, 4, 5, 9],
    ]);
    expect(await compact()).toEqual({ table: 'clean', version: 3, filesBefore: 2, filesAfter: 2 });
    const entry = await bench.store.open({
      bucket: 'lake',
      key: `${bench.table.tableRoot}/_delta_log/00000000000000000003.json`,
    });
    const text = (await entry.body.toArray()).join('');
    expect(text.match(/"dataChange":\w+/g)).toEqual(Array.from({ length: 4 }, () => '"dataChange":false'));
    expect(text).not.toContain('"txn"');
  });

  it('has nothing to do where there is no table', async () => {
    expect(await compact()).toEqual({ table: 'clean', filesBefore: 0, filesAfter: 0 });
  });
});

describe('20 writers racing, with compaction and checkpoints among them', () => {
  it('lose no row and double none', async () => {
    await commitFiles('first', { add: [await rowsFile([1000])], remove: [] });
    const writers = Array.from({ length: 20 }, async (_, writer) => {
      const file = await rowsFile([writer], `year=2024/month=01/day=0${(writer % 3) + 1}/`);
      return commitFiles(`writer ${writer}`, { add: [file], remove: [] });
    });
    const compactions = Array.from({ length: 4 }, async () => compact());
    const versions = await Promise.all(writers);
    await Promise.all(compactions);
    expect(new Set(versions).size).toBe(20);
    await compact();
    const newest = (await readSnapshot(bench.store, bench.table))!;
    expect(newest.files.size).toBe(3);
    expect(newest.checkpointVersion).toBeGreaterThanOrEqual(4);
    const seen = (await readAll()) as readonly (readonly number[])[];
    expect(seen.at(-1)).toEqual([...Array.from({ length: 20 }, (_, writer) => writer), 1000]);
    for (const [version, ids] of seen.entries()) {
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeGreaterThanOrEqual(seen[version - 1]?.length ?? 0);
    }
  }, 240_000);
});

describe('vacuum', () => {
  const replaceDay = async (
    batch: string,
    old: readonly DataFile[],
    ids: readonly number[],
  ): Promise<DataFile> => {
    const file = await rowsFile(ids);
    await commitFiles(batch, { add: [file], remove: pathsOf(old) });
    return file;
  };
  const exists = async (file: DataFile): Promise<boolean> => {
    const location = { bucket: 'lake', key: `${bench.table.tableRoot}/${file.path}` };
    return bench.store.head(location).then(
      () => true,
      () => false,
    );
  };

  it('deletes only what is old and no version within the retention has, after saying so', async () => {
    const first = await replaceDay('a', [], [1]);
    const second = await replaceDay('b', [first], [1, 2]);
    const orphan = await rowsFile([77]);
    expect(await vacuum(Date.now())).toMatchObject({ files: 3, unneeded: 0 });
    const dry = await vacuum(inAMonth(), true);
    expect(dry).toMatchObject({ files: 3, unneeded: 2 });
    expect([...dry.sample].sort()).toEqual([first.path, orphan.path].sort());
    expect(await exists(first)).toBe(true);
    expect(await vacuum(inAMonth())).toEqual(dry);
    expect([await exists(first), await exists(orphan), await exists(second)]).toEqual([false, false, true]);
    expect(await readAll()).toEqual([null, [1, 2]]);
    expect(await vacuum(inAMonth())).toMatchObject({ files: 1, unneeded: 0 });
  });

  it('keeps what a model version or a backup snapshot refers to', async () => {
    const files = [await replaceDay('0', [], [0])];
    for (let batch = 1; batch < 5; batch += 1)
      files.push(await replaceDay(`${batch}`, [files[batch - 1]!], [batch]));
    const record = { lineage: { cleanVersion: 1, featuresVersion: 99 } };
    await createDocument(bench.store, { bucket: 'lake', key: lakeLayout.modelVersion(name(), 1) }, record);
    const manifest: BackupManifest = {
      formatVersion: 1,
      pipeline: name(),
      lakeBucket: 'lake',
      objects: [
        { key: `${bench.table.tableRoot}/${files[2]!.path}`, bytes: 1, sha256: files[2]!.sha256, etag: 'x' },
      ],
    };
    const snapshot = backupLayout.snapshot(name(), snapshotName(1, 'abcdef01'));
    await createDocument(bench.store, { bucket: 'backup', key: snapshot }, manifest);
    expect(await vacuum(inAMonth())).toMatchObject({ unneeded: 2 });
    expect(await Promise.all(files.map(exists))).toEqual([false, true, true, false, true]);
  });

  it('keeps a file that a writer puts again while it runs', async () => {
    const first = await replaceDay('a', [], [1]);
    const second = await replaceDay('b', [first], [2]);
    const content = await rowsFile([1]);
    expect(content.path).toBe(first.path);
    const location = { bucket: 'lake', key: `${bench.table.tableRoot}/${first.path}` };
    const copyOf = async (): Promise<Uint8Array> =>
      Buffer.concat((await (await bench.store.open(location)).body.toArray()) as Uint8Array[]);
    const bytes = await copyOf();
    let puts = 0;
    // The writer's put falls between vacuum's last look and its delete, the worst moment there is.
    const racing: ObjectStore = {
      ...bench.store,
      remove: async (at) => {
        if (at.key === location.key && (puts += 1) === 1) {
          await bench.store.put(location, { kind: 'bytes', bytes });
          await commitFiles('c', { add: [first], remove: [second.path] });
        }
        await bench.store.remove(at);
      },
      head: async (at) => {
        const head = await bench.store.head(at);
        const isOld = puts === 0;
        return isOld ? head : { ...head, lastModified: new Date(inAMonth()).toISOString() };
      },
    };
    expect(await vacuum(inAMonth(), false, racing)).toMatchObject({ unneeded: 0 });
    expect(puts).toBe(1);
    expect(await exists(first)).toBe(true);
    expect(await readAll()).toEqual([[1], null, [1]].map((ids, version) => (version === 1 ? [2] : ids)));
  });

  it('deletes what batches have left behind, but no work that goes on', async () => {
    const put = (key: string, document: unknown = {}): Promise<unknown> =>
      createDocument(bench.store, { bucket: 'lake', key }, document);
    const list = (digest: string): string => lakeLayout.transformWork(name(), digest);
    const progress = (digest: string): string => lakeLayout.transformProgress(name(), digest, 0, 'x');
    const claim = (digest: string): string => lakeLayout.stageClaim(name(), 'transform', digest);
    const listKeys = async (): Promise<readonly string[]> => {
      const keys: string[] = [];
      for await (const { key } of bench.store.list('lake', `runs/${name()}/`)) keys.push(key);
      return keys;
    };
    const left = [list('left'), lakeLayout.transformPart(name(), 'left', 0), progress('left'), claim('left')];
    const standing = [list('going'), list('first'), lakeLayout.transformPart(name(), 'first', 0)];
    const young = [progress('going'), list('second'), claim('held')];
    for (const key of [...left, ...standing]) await put(key);
    const cutoffMs = Date.now();
    // The store's clock knows whole seconds.
    await sleep(1_100);
    const second = { after: `s3://lake/${list('first')}` };
    for (const key of young) await put(key, key === list('second') ? second : {});
    const all = await listKeys();

    const nowMs = cutoffMs + 7 * DAY_MS;
    const { leftovers } = await vacuum(nowMs, true);
    expect(leftovers).toEqual({ files: 10, unneeded: 4, unneededBytes: 4 * '{}'.length });
    expect(await listKeys()).toEqual(all);
    expect(await vacuum(nowMs)).toMatchObject({ leftovers });
    expect(await listKeys()).toEqual([...standing, ...young].sort());
    expect(await vacuum(inAMonth())).toMatchObject({ leftovers: { files: 6, unneeded: 6 } });
    expect(await listKeys()).toEqual([]);
  });

  it('refuses a retention that writers under way could not live with', async () => {
    const refused = createVacuumActivity({ ...deps, backupBucket: 'backup' })({
      pipeline: name(),
      table: 'clean',
      nowMs: 0,
      retentionDays: 0.5,
      dryRun: true,
    });
    await expect(refused).rejects.toMatchObject({ code: 'InvalidInput' });
  });
});

describe('a data file that is published again', () => {
  it('is put anew when what lies there is old, so that vacuum sees it as young', async () => {
    const puts: string[] = [];
    const old: ObjectStore = {
      ...bench.store,
      createIfAbsent: async (at, body) => {
        const result = await bench.store.createIfAbsent(at, body);
        return {
          ...result,
          head: { ...result.head, lastModified: new Date(Date.now() - DAY_MS).toISOString() },
        };
      },
      put: (at, body) => {
        puts.push(at.key);
        return bench.store.put(at, body);
      },
    };
    const body = { kind: 'bytes', bytes: Buffer.from('x') } as const;
    const file = {
      body,
      bytes: 1,
      sha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
    };
    const location = { bucket: 'lake', key: `${name()}/x.parquet` };
    await publishDataFile(bench.store, location, file);
    await publishDataFile(bench.store, location, file);
    expect(puts).toEqual([]);
    await publishDataFile(old, location, file);
    expect(puts).toEqual([location.key]);
  });
});

test('a point in time names the version that readers saw then', async () => {
  await commitFiles('a', { add: [await rowsFile([1])], remove: [] });
  const between = Date.now() + 1;
  await expect(versionAt(bench.store, bench.table, between - DAY_MS)).rejects.toMatchObject({
    code: 'NotFound',
  });
  while (Date.now() < between + 1100) await new Promise((resolve) => setTimeout(resolve, 50));
  await commitFiles('b', { add: [await rowsFile([2])], remove: [] });
  expect(await versionAt(bench.store, bench.table, between)).toBe(0);
  expect(await versionAt(bench.store, bench.table, Date.now() + DAY_MS)).toBe(1);
});
