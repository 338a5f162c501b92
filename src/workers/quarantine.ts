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
  readonly raw: string;
  readonly reasons: readonly QuarantineReason[];
}

export interface QuarantinedBatch {
  readonly batch: string;
  readonly rows: number;
  readonly reasons: readonly { readonly rule: string; readonly column: string; readonly rows: number }[];
}

/** Batches with rejected rows; a row with several reasons counts once in `rows` and once for each reason. */
export async function listQuarantine(
  settings: Settings,
  store: ObjectStore,
  pipeline: string,
): Promise<readonly QuarantinedBatch[]> {
  const rows = await readQuarantine(settings, store, pipeline, { batch: '', limit: Number.MAX_SAFE_INTEGER });
  return [...new Set(rows.map(({ batch }) => batch))].map((batch) => {
    const own = rows.filter((row) => row.batch === batch);
    return { batch, rows: own.length, reasons: countReasons(own) };
  });
}

function countReasons(rows: readonly QuarantinedRow[]): QuarantinedBatch['reasons'] {
  const counts = new Map<string, { rule: string; column: string; rows: number }>();
  for (const { rule, column = '-' } of rows.flatMap(({ reasons }) => reasons)) {
    const entry = counts.get(`${rule}/${column}`) ?? { rule, column, rows: 0 };
    counts.set(`${rule}/${column}`, { ...entry, rows: entry.rows + 1 });
  }
  return [...counts.values()].sort((left, right) => right.rows - left.rows);
}

/** Rejected rows of the batches whose digest starts with `batch`, in file order. */
export async function readQuarantine(
  settings: Settings,
  store: ObjectStore,
  pipeline: string,
  { batch, limit }: { readonly batch: string; readonly limit: number },
): Promise<readonly QuarantinedRow[]> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-quarantine-'));
  const session = await createDuckDbEngine().open({ ...settings.engine, directory });
  try {
    const rows: QuarantinedRow[] = [];
    for await (const { key } of store.list(settings.lakeBucket, lakeLayout.quarantinePrefix(pipeline))) {
      const digest = /batch=([0-9a-f]+)\//.exec(key)?.[1];
      if (!digest?.startsWith(batch)) continue;
      const file = join(directory, `${digest}.parquet`);
      await hashingDownload(store, { bucket: settings.lakeBucket, key }, file);
      rows.push(...(await readRows(session, file, digest, limit - rows.length)));
      if (rows.length >= limit) break;
    }
    return rows;
  } finally {
    session.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** The engine hands over at most 10,000 rows at a time. */
const PAGE_ROWS = 10_000;

async function readRows(
  session: QuerySession,
  file: string,
  batch: string,
  limit: number,
): Promise<readonly QuarantinedRow[]> {
  const found: QuarantinedRow[] = [];
  while (found.length < limit) {
    const page = Math.min(PAGE_ROWS, limit - found.length);
    const rows = await session.rows(
      `SELECT source_uri, version_id, line, raw, reasons FROM read_parquet('${file}')
       ORDER BY source_uri, line LIMIT ${page} OFFSET ${found.length}`,
    );
    found.push(...rows.map((row) => toRow(row as unknown as StoredRow, batch)));
    if (rows.length < page) break;
  }
  return found;
}

/** The cells of one row, as src/sql/quarantine.ts writes them. */
interface StoredRow {
  readonly source_uri: string;
  readonly version_id: string | null;
  readonly line: number;
  readonly raw: string;
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
