// Delta tables for tests: files made by DuckDB, committed by our own log, copied to disk for readers that others wrote.
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import { checkedStatistics } from '../../src/lake/delta/checked-statistics';
import type { DataFile } from '../../src/lake/delta/data-file';
import type { DeltaTable } from '../../src/lake/delta/table';
import { publishFile } from '../../src/lake/artifacts';
import { fileBody, hashingDownload } from '../../src/lake/streams';
import type { ObjectStore } from '../../src/ports/object-store';
import { runPython } from './run-python';

export interface TableBench {
  readonly store: ObjectStore;
  readonly table: DeltaTable;
  readonly folder: string;
  readonly duckdb: DuckDBConnection;
  /** Writes the query's rows as a data file of the table, with full statistics; does not commit it. */
  readonly dataFile: (sql: string, partition?: string) => Promise<DataFile>;
  /** Copies the whole table into a fresh folder and returns it. */
  readonly copyToDisk: () => Promise<string>;
  /** Runs a Python program with these arguments; it prints one JSON document. */
  readonly python: (program: string, ...args: readonly string[]) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export async function openTableBench(
  store: ObjectStore = createMemoryObjectStore(),
  table: DeltaTable = { bucket: 'lake', tableRoot: 'tables/flights/clean' },
): Promise<TableBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-delta-'));
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  await duckdb.run(`SET TimeZone = 'UTC'`);
  let drafts = 0;

  const dataFile: TableBench['dataFile'] = async (sql, partition = '') => {
    const draft = path.join(folder, `draft-${(drafts += 1)}.parquet`);
    await duckdb.run(`COPY (${sql}) TO '${draft}' (FORMAT parquet, COMPRESSION snappy)`);
    const rows = await duckdb.runAndReadAll(`SELECT count(*)::INTEGER FROM '${draft}'`);
    const count = Number(rows.getRows()[0]![0]);
    const { sha256, bytes } = await fileBody(draft);
    const file = `${partition}part-${sha256.slice(0, 16)}.parquet`;
    await publishFile(store, { bucket: table.bucket, key: `${table.tableRoot}/${file}` }, draft);
    const stats = await checkedStatistics(draft, count);
    await rm(draft);
    return { path: file, bytes, sha256, rows: count, stats };
  };

  return {
    store,
    table,
    folder,
    duckdb,
    dataFile,
    copyToDisk: async () => {
      const copy = await mkdtemp(path.join(folder, 'table-'));
      for await (const { key } of store.list(table.bucket, `${table.tableRoot}/`)) {
        const target = path.join(copy, key.slice(table.tableRoot.length + 1));
        await mkdir(path.dirname(target), { recursive: true });
        await hashingDownload(store, { bucket: table.bucket, key }, target);
      }
      return copy;
    },
    python: async (program, ...args) => {
      return JSON.parse(await runPython(program, args)) as unknown;
    },
    close: async () => {
      duckdb.closeSync();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
