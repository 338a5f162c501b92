// Our Delta log against readers that others wrote: Python `deltalake` (delta-rs) and DuckDB.
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commit, type CommitResult } from '../../src/lake/delta/commit';
import type { DataFile } from '../../src/lake/delta/data-file';
import { readSnapshot } from '../../src/lake/delta/log';
import type { TableColumn } from '../../src/lake/delta/schema';
import { fileBody, hashingDownload } from '../../src/lake/streams';
import { startLakeServer, type LakeServer } from '../support/lake-server';
import { runPython } from '../support/run-python';

const TABLE = { bucket: 'lake', tableRoot: 'tables/flights/clean' };
const COLUMNS: readonly TableColumn[] = [
  { name: 'carrier', type: 'string' },
  { name: 'flight', type: 'integer' },
  { name: 'delay', type: 'double' },
  { name: 'ratio', type: 'float' },
  { name: 'late', type: 'boolean' },
  { name: 'flown_on', type: 'date' },
  { name: 'time_hour', type: 'timestamp' },
];
const TIMESTAMP_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

// Every version's rows in one text form that both engines can give.
const READ_ALL_VERSIONS = `
import json, os, sys
from deltalake import DeltaTable
import pyarrow as pa, pyarrow.compute as pc

def texts(batch):
    rows = []
    for row in pa.table(batch).to_pylist():
        row["time_hour"] = row["time_hour"] and row["time_hour"].isoformat()
        row["flown_on"] = row["flown_on"] and row["flown_on"].isoformat()
        rows.append(row)
    return sorted(rows, key=lambda row: (row["year"], row["month"], row["day"], row["flight"]))

uri, options = sys.argv[1], json.loads(os.environ["STORAGE_OPTIONS"])
newest = DeltaTable(uri, storage_options=options)
out = {"id": str(newest.metadata().id), "newest": newest.version(), "versions": {}, "history": []}
for version in range(newest.version() + 1):
    table = DeltaTable(uri, version=version, storage_options=options)
    adds = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    out["versions"][version] = {
        "rows": texts(table.to_pyarrow_table()),
        "files": sorted(add["path"] for add in adds),
        "records": sum(add["num_records"] for add in adds),
    }
out["schema"] = [[f.name, str(f.type)] for f in newest.schema().fields]
out["partitions"] = newest.metadata().partition_columns
out["history"] = [[h["version"], h["operation"], h["timestamp"]] for h in newest.history()]
out["transaction"] = newest.transaction_version("batch 2")
print(json.dumps(out))
`;

interface PythonView {
  readonly id: string;
  readonly newest: number;
  readonly versions: Readonly<
    Record<
      string,
      { readonly rows: readonly Row[]; readonly files: readonly string[]; readonly records: number }
    >
  >;
  readonly schema: readonly (readonly [string, string])[];
  readonly partitions: readonly string[];
  readonly history: readonly (readonly [number, string, number])[];
  readonly transaction: number;
}
type Row = Readonly<Record<string, unknown>>;

describe('our Delta tables', () => {
  let lake: LakeServer;
  let folder: string;
  let duckdb: DuckDBConnection;
  let python: PythonView;
  const commits: CommitResult[] = [];
  let repeated: CommitResult;

  const rowsSql = (day: string, flights: readonly number[]): string =>
    `SELECT * FROM (VALUES ${flights
      .map(
        (flight) =>
          `('UA', ${flight}::BIGINT, ${flight % 2 ? 'NULL' : `${flight}.5`}::DOUBLE, 0.25::FLOAT, ${flight > 5}, ` +
          `DATE '2013-01-${day}', TIMESTAMPTZ '2013-01-${day} 05:30:00+00')`,
      )
      .join(', ')}) AS t(${COLUMNS.map(({ name }) => name).join(', ')})`;

  const uploadPart = async (day: string, flights: readonly number[]): Promise<DataFile> => {
    const draft = path.join(folder, 'draft.parquet');
    await duckdb.run(`COPY (${rowsSql(day, flights)}) TO '${draft}' (FORMAT parquet)`);
    const body = await fileBody(draft);
    const partPath = `year=2013/month=01/day=${day}/part-${body.sha256.slice(0, 16)}.parquet`;
    await lake.store.createIfAbsent({ bucket: 'lake', key: `${TABLE.tableRoot}/${partPath}` }, body);
    await rename(draft, path.join(folder, `${day}-${flights.length}.parquet`));
    return { path: partPath, bytes: body.bytes, sha256: body.sha256, rows: flights.length };
  };

  const commitBatch = (
    batch: number,
    add: readonly DataFile[],
    remove: readonly string[],
  ): Promise<CommitResult> =>
    commit(lake.store, TABLE, {
      definition: { name: 'clean', columns: COLUMNS },
      transaction: { appId: `batch ${batch}`, version: 1 },
      timestampMs: TIMESTAMP_MS + batch * 1000,
      operation: 'WRITE',
      parameters: { batch },
      build: () => ({ add, remove }),
    });

  const readWithDuckdb = async (version: number): Promise<readonly Row[]> => {
    const snapshot = await readSnapshot(lake.store, TABLE, version);
    const root = path.join(folder, `v${version}`);
    for (const file of snapshot!.files.values()) {
      const target = path.join(root, file.path);
      await mkdir(path.dirname(target), { recursive: true });
      const location = { bucket: 'lake', key: `${TABLE.tableRoot}/${file.path}` };
      await hashingDownload(lake.store, location, target, { expectedSha256: file.tags!['sha256']! });
    }
    const reader = await duckdb.runAndReadAll(
      `SELECT * REPLACE (strftime(flown_on, '%Y-%m-%d') AS flown_on,
                         strftime(time_hour, '%Y-%m-%dT%H:%M:%S+00:00') AS time_hour)
       FROM read_parquet('${root}/**/*.parquet', hive_partitioning = true,
                         hive_types = {year: VARCHAR, month: VARCHAR, day: VARCHAR})
       ORDER BY year, month, day, flight`,
    );
    return reader.getRowObjectsJson().map((row) => ({ ...row, flight: Number(row['flight']) }));
  };

  beforeAll(async () => {
    lake = await startLakeServer(['lake']);
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-delta-'));
    duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    await duckdb.run(`SET TimeZone = 'UTC'`);
    const [first, second] = [await uploadPart('01', [1, 2, 3]), await uploadPart('02', [4, 5])];
    commits.push(await commitBatch(0, [first, second], []));
    const third = await uploadPart('03', [6, 7, 8, 9]);
    commits.push(await commitBatch(1, [third], []));
    const better = await uploadPart('01', [1, 2, 3, 10]);
    commits.push(await commitBatch(2, [better], [first.path, second.path]));
    repeated = await commitBatch(1, [third], []);
    const stdout = await runPython(READ_ALL_VERSIONS, [`s3://lake/${TABLE.tableRoot}`], {
      STORAGE_OPTIONS: JSON.stringify({
        AWS_ENDPOINT_URL: lake.server.endpoint,
        AWS_ALLOW_HTTP: 'true',
        AWS_REGION: lake.server.region,
        AWS_ACCESS_KEY_ID: lake.server.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: lake.server.credentials.secretAccessKey,
        AWS_S3_ALLOW_UNSAFE_RENAME: 'true',
      }),
    });
    python = JSON.parse(stdout) as PythonView;
  });
  afterAll(async () => {
    duckdb.closeSync();
    await lake.server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('three commits made three versions, and a repetition made none', () => {
    expect(commits.map(({ version }) => version)).toEqual([0, 1, 2]);
    expect(repeated).toMatchObject({ version: 1, alreadyCommitted: true });
    expect(python.newest).toBe(2);
  });

  test.each([
    [0, 5],
    [1, 9],
    [2, 8],
  ])('version %i has the same %i rows in deltalake and in DuckDB', async (version, count) => {
    const rows = await readWithDuckdb(version);
    expect(rows).toHaveLength(count);
    expect(python.versions[version]?.rows).toEqual(rows);
  });

  test('deltalake sees our files, row counts, schema and partition columns', () => {
    for (const { version, snapshot } of commits) {
      expect(python.versions[version]?.files).toEqual([...snapshot.files.keys()].sort());
      expect(python.versions[version]?.records).toBe(python.versions[version]?.rows.length);
    }
    expect(python.id).toBe(commits[0]?.snapshot.metadata.id);
    expect(python.partitions).toEqual(['year', 'month', 'day']);
    expect(python.schema.map(([name]) => name)).toEqual([
      ...COLUMNS.map(({ name }) => name),
      'year',
      'month',
      'day',
    ]);
    expect(Object.fromEntries(python.schema)).toMatchObject({
      carrier: expect.stringContaining('string') as string,
      flight: expect.stringContaining('long') as string,
      ratio: expect.stringContaining('float') as string,
      time_hour: expect.stringMatching(/"timestamp"/) as string,
    });
  });

  test('deltalake sees our history and our transactions', () => {
    expect(python.history).toEqual(
      [2, 1, 0].map((version) => [version, 'WRITE', TIMESTAMP_MS + version * 1000]),
    );
    expect(python.transaction).toBe(1);
  });
});
