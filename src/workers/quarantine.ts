import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckDbEngine } from '../adapters/query-engine/duckdb';
import type { Settings } from '../config/settings';
import { lakeLayout } from '../domain/lake-layout';
import { hashingDownload } from '../lake/streams';
import type { ObjectStore } from '../ports/object-store';
import type { QuerySession } from '../ports/query-engine';

export interface QuarantineReason {
  readonly rule: string;
  readonly column?: string;
  readonly value?: string;
  readonly message: string;
}

export interface QuarantinedRow {
  readonly batch: string;
  readonly sourceUri: string;
  readonly versionId: string | null;
  readonly line: number;
  /** null when it is not known: line 0 stands for a file that cannot be read. */
  readonly raw: string | null;
  readonly reasons: readonly QuarantineReason[];
}

export interface QuarantinedBatch {
  readonly batch: string;
  readonly rows: number;
  readonly reasons: readonly { readonly rule: string; readonly column: string; readonly rows: number }[];
}

interface Lake {
  readonly settings: Pick<Settings, 'engine' | 'lakeBucket'>;
  readonly store: ObjectStore;
  readonly pipeline: string;
}

/** Batches with rejected rows; a row with several reasons counts once in `rows` and once for each reason. */
export async function* quarantinedBatches(lake: Lake): AsyncGenerator<QuarantinedBatch> {
  for await (const { batch, session, table } of quarantineFiles(lake, '')) {
    const [total] = await session.rows(`SELECT count(*) AS rows FROM ${table}`);
    const reasons = await session.rows(
      `SELECT rule, coalesce("column", '-') AS "column", count(*) AS rows
       FROM (SELECT unnest(from_json(reasons, '[{"rule":"VARCHAR","column":"VARCHAR"}]'), recursive := true)
             FROM ${table})
       GROUP BY ALL ORDER BY rows DESC, rule, "column"`,
    );
    yield {
      batch,
      rows: (total as unknown as { readonly rows: number }).rows,
      reasons: reasons as unknown as QuarantinedBatch['reasons'],
    };
  }
}

/** Large enough for few statements, small enough for memory; the engine hands over at most 10,000 rows at a time. */
const PAGE_ROWS = 1_000;

/** Rejected rows of the batches whose digest starts with `batch`, in file order; read as far as they are taken. */
export async function* quarantinedRows(lake: Lake, batch: string): AsyncGenerator<QuarantinedRow> {
  for await (const file of quarantineFiles(lake, batch)) {
    for (let offset = 0; ; offset += PAGE_ROWS) {
      const rows = await file.session.rows(
        `SELECT source_uri, version_id, line, raw, reasons FROM ${file.table} LIMIT ${PAGE_ROWS} OFFSET ${offset}`,
      );
      for (const row of rows) yield toRow(row as unknown as StoredRow, file.batch);
      if (rows.length < PAGE_ROWS) break;
    }
  }
}

/** Whether a batch whose digest starts with `batch` has rejected rows. */
export async function hasQuarantine({ store, settings, pipeline }: Lake, batch: string): Promise<boolean> {
  for await (const { key } of store.list(settings.lakeBucket, lakeLayout.quarantinePrefix(pipeline))) {
    if (batchOf(key)?.startsWith(batch)) return true;
  }
  return false;
}

interface QuarantineFile {
  readonly batch: string;
  readonly session: QuerySession;
  /** SQL that reads the file's rows in their order. */
  readonly table: string;
}

/** One local copy at a time. */
async function* quarantineFiles(
  { store, settings, pipeline }: Lake,
  wanted: string,
): AsyncGenerator<QuarantineFile> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-quarantine-'));
  const session = await createDuckDbEngine().open({ ...settings.engine, directory });
  try {
    for await (const { key } of store.list(settings.lakeBucket, lakeLayout.quarantinePrefix(pipeline))) {
      const batch = batchOf(key);
      if (!batch?.startsWith(wanted)) continue;
      const file = join(directory, `${batch}.parquet`);
      await hashingDownload(store, { bucket: settings.lakeBucket, key }, file);
      yield { batch, session, table: `read_parquet('${file}')` };
      await rm(file);
    }
  } finally {
    session.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function batchOf(key: string): string | undefined {
  return /batch=([0-9a-f]+)\/.*\.parquet$/.exec(key)?.[1];
}

/** The cells of one row, as src/sql/quarantine.ts writes them. */
interface StoredRow {
  readonly source_uri: string;
  readonly version_id: string | null;
  readonly line: number;
  /** null when it is not known: line 0 stands for a file that cannot be read. */
  readonly raw: string | null;
  readonly reasons: string;
}

function toRow(row: StoredRow, batch: string): QuarantinedRow {
  return {
    batch,
    sourceUri: row.source_uri,
    versionId: row.version_id,
    line: row.line,
    raw: row.raw,
    reasons: JSON.parse(row.reasons) as readonly QuarantineReason[],
  };
}
