// Checkpoints of our tables: read by us and by others, and never needed.
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { writeCheckpointIfDue } from '../../src/activities/tables/write-checkpoint';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { commit } from '../../src/lake/delta/commit';
import type { DataFile } from '../../src/lake/delta/data-file';
import { readSnapshot } from '../../src/lake/delta/log';
import type { Snapshot } from '../../src/lake/delta/snapshot';
import { contentDigest } from '../../src/lake/delta/table-version';
import type { ObjectStore } from '../../src/ports/object-store';
import { openTableBench, type TableBench } from '../support/delta-tables';

const DAY_MS = 24 * 60 * 60 * 1000;
const INTERVAL = 5;

const READ_VERSIONS = `
import json, sys
from deltalake import DeltaTable
newest = DeltaTable(sys.argv[1]).version()
rows = lambda version: sorted(DeltaTable(sys.argv[1], version=version).to_pyarrow_table().column("id").to_pylist())
print(json.dumps({"versions": [rows(v) for v in range(newest + 1)], "txn": DeltaTable(sys.argv[1]).transaction_version("batch 3")}))
`;

describe('checkpoints', () => {
  let bench: TableBench;
  /** Keys that were read, most recent run only. */
  let opened: string[];
  let watched: ObjectStore;

  const logKey = (name: string): string => `${bench.table.tableRoot}/_delta_log/${name}`;
  const checkpointKey = (version: number): string =>
    logKey(`${String(version).padStart(20, '0')}.checkpoint.parquet`);
  const checkpoint = async (snapshot: Snapshot): Promise<void> => {
    const engine = createDuckDbEngine();
    const engineOptions = { memoryLimitMegabytes: 256, threads: 2 };
    const directory = await mkdtemp(path.join(bench.folder, 'attempt-'));
    const deps = { store: bench.store, engine, engineOptions, signal: () => new AbortController().signal };
    await writeCheckpointIfDue(deps, bench.table, snapshot, directory, INTERVAL);
  };
  const write = async (batch: number, remove: readonly string[] = []): Promise<DataFile> => {
    const add = await bench.dataFile(`SELECT ${batch}::BIGINT AS id, 'row ${batch}' AS s`, 'day=01/');
    const { snapshot } = await commit(bench.store, bench.table, {
      definition: {
        name: 'clean',
        columns: [
          { name: 'id', type: 'integer' },
          { name: 's', type: 'string' },
        ],
        partitionColumns: ['day'],
      },
      transaction: { appId: `batch ${batch}`, version: 1 },
      timestampMs: batch * DAY_MS,
      operation: 'WRITE',
      build: () => ({ add: [add], remove }),
    });
    await checkpoint(snapshot);
    return add;
  };
  /** Twelve commits, each but the first also removes the file of the one before the last. */
  const fill = async (): Promise<readonly DataFile[]> => {
    const files: DataFile[] = [];
    for (let batch = 0; batch < 12; batch += 1) {
      const old = batch % 2 === 1 ? files[batch - 1] : undefined;
      files.push(await write(batch, old ? [old.path] : []));
    }
    return files;
  };

  beforeEach(async () => {
    bench = await openTableBench();
    opened = [];
    watched = {
      ...bench.store,
      open: (location) => {
        opened.push(location.key);
        return bench.store.open(location);
      },
    };
  });
  afterEach(() => bench.close());

  it('are written every so many commits, and reading costs one of them and the commits since', async () => {
    await fill();
    const keys: string[] = [];
    for await (const { key } of bench.store.list('lake', logKey(''))) keys.push(key);
    expect(keys.filter((key) => key.includes('checkpoint'))).toEqual([
      checkpointKey(4),
      checkpointKey(9),
      logKey('_last_checkpoint'),
    ]);
    await readSnapshot(watched, bench.table);
    expect(opened.map((key) => path.basename(key))).toEqual([
      '_last_checkpoint',
      path.basename(checkpointKey(9)),
      '00000000000000000010.json',
      '00000000000000000011.json',
    ]);
  });

  it('tell the same as the log, at every version', async () => {
    await fill();
    const withoutCheckpoints: ObjectStore = {
      ...bench.store,
      list: async function* (bucket, prefix) {
        for await (const entry of bench.store.list(bucket, prefix)) {
          if (!entry.key.includes('checkpoint')) yield entry;
        }
      },
      open: (location) =>
        bench.store.open(location.key.includes('_last') ? { ...location, key: 'none' } : location),
    };
    const essence = (snapshot: Snapshot | undefined): unknown => ({
      version: snapshot?.version,
      metadata: snapshot?.metadata,
      protocol: snapshot?.protocol,
      files: [...(snapshot?.files.entries() ?? [])]
        .map(([at, file]) => [at, { ...file, dataChange: false }])
        .sort(),
      transactions: [...(snapshot?.transactions.entries() ?? [])].sort(),
      commits: [...(snapshot?.transactionCommits.entries() ?? [])].sort(),
    });
    for (let version = 0; version < 12; version += 1) {
      const quick = await readSnapshot(bench.store, bench.table, version);
      const slow = await readSnapshot(withoutCheckpoints, bench.table, version);
      expect(quick?.checkpointVersion).toBe([undefined, 4, 9][Math.floor((version + 1) / 5)]);
      expect(slow).not.toHaveProperty('checkpointVersion');
      expect(essence(quick)).toEqual(essence(slow));
      expect(contentDigest(quick!)).toBe(contentDigest(slow!));
    }
  });

  it('remember what was removed in the last seven days of the log, and forget the rest', async () => {
    const files = await fill();
    const { tombstones } = (await readSnapshot(bench.store, bench.table, 9))!;
    expect([...tombstones.keys()].sort()).toEqual([2, 4, 6, 8].map((batch) => files[batch]!.path).sort());
  });

  it('let a retry find its commit, and other writers go on', async () => {
    await fill();
    const again = await commit(bench.store, bench.table, {
      definition: { name: 'clean', columns: [], partitionColumns: ['day'] },
      transaction: { appId: 'batch 3', version: 1 },
      timestampMs: 0,
      operation: 'WRITE',
      build: () => {
        throw new Error('built again');
      },
    });
    expect(again).toMatchObject({ version: 3, alreadyCommitted: true });
  });

  it('are read by Python deltalake, also when the commits before them are gone', async () => {
    await fill();
    const ids = Array.from({ length: 12 }, (_, version) =>
      Array.from({ length: version + 1 }, (__, id) => id).filter((id) => id % 2 === 1 || id === version),
    );
    const copy = await bench.copyToDisk();
    expect(await bench.python(READ_VERSIONS, copy)).toEqual({ versions: ids, txn: 1 });
    for (let version = 0; version < 9; version += 1) {
      await bench.store.remove({ bucket: 'lake', key: logKey(`${String(version).padStart(20, '0')}.json`) });
    }
    const cleaned = READ_VERSIONS.replace('range(newest + 1)', 'range(9, newest + 1)');
    expect(await bench.python(cleaned, await bench.copyToDisk())).toEqual({ versions: ids.slice(9), txn: 1 });
    expect((await readSnapshot(bench.store, bench.table, 10))?.files.size).toBe(6);
    await expect(readSnapshot(bench.store, bench.table, 3)).rejects.toMatchObject({ code: 'SchemaConflict' });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the pointer is lost', () => bench.store.remove({ bucket: 'lake', key: logKey('_last_checkpoint') })],
    ['the pointer is garbled', () => overwrite(logKey('_last_checkpoint'), '{"version":')],
    ['the pointer points nowhere', () => overwrite(logKey('_last_checkpoint'), '{"version":777}')],
    ['the pointer points far back', () => overwrite(logKey('_last_checkpoint'), '{"version":4}')],
    ['the checkpoint is lost', () => bench.store.remove({ bucket: 'lake', key: checkpointKey(9) })],
    ['the checkpoint is garbled', () => overwrite(checkpointKey(9), 'PAR1 no PAR1')],
    ['the checkpoint is empty', () => overwrite(checkpointKey(9), '')],
    [
      'every checkpoint is garbled',
      async () => {
        for (const version of [4, 9]) await overwrite(checkpointKey(version), 'PAR1');
      },
    ],
  ])('are not needed: when %s, the table is read and written as before', async (_what, damage) => {
    await fill();
    const before = (await readSnapshot(bench.store, bench.table))!;
    await damage();
    const after = (await readSnapshot(bench.store, bench.table))!;
    expect(after.version).toBe(11);
    expect(contentDigest(after)).toBe(contentDigest(before));
    for (let batch = 12; batch < 17; batch += 1) await write(batch);
    const newest = (await readSnapshot(bench.store, bench.table))!;
    expect(newest.files.size).toBe(before.files.size + 5);
    expect(newest.checkpointVersion).toBeGreaterThan(11);
  });

  const overwrite = (key: string, content: string): Promise<unknown> =>
    bench.store.put({ bucket: 'lake', key }, { kind: 'bytes', bytes: Buffer.from(content) });
});
