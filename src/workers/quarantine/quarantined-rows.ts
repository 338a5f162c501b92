import { filterSql, type RowFilter, type Standing } from '../../sql/quarantine-standing';
import { openQuarantine, viewBatch, type QuarantineLake } from './open-quarantine';

export interface QuarantineReason {
  readonly rule: string;
  /** null when the reason is about the whole record or file. */
  readonly column: string | null;
  readonly value: string | null;
  readonly message: string;
}

export interface QuarantinedRow {
  readonly batch: string;
  /** The batch that rejected it first: another one after a replay. */
  readonly firstBatch: string;
  /** Workflow id. */
  readonly run: string;
  readonly sourceUri: string;
  readonly versionId: string | null;
  /** 0 stands for a file that cannot be read. */
  readonly line: number;
  /** null when it is not known. */
  readonly header: string | null;
  readonly raw: string | null;
  readonly standing: Standing;
  readonly reasons: readonly QuarantineReason[];
}

/** Large enough for few statements, small enough for memory; the engine hands over at most 10,000 rows at a time. */
const PAGE_ROWS = 1_000;

export interface RowQuestion extends RowFilter {
  /** Start of a batch digest; empty = all batches. */
  readonly batch: string;
}

/** Rejected rows in file order, batch by batch; read as far as they are taken. */
export async function* quarantinedRows(
  lake: QuarantineLake,
  { batch: wanted, ...filter }: RowQuestion,
): AsyncGenerator<QuarantinedRow> {
  const quarantine = await openQuarantine(lake);
  try {
    for (const batch of quarantine.batches) {
      const { rowsUri } = batch;
      if (rowsUri === undefined || !batch.batch.startsWith(wanted)) continue;
      await viewBatch(quarantine, { ...batch, rowsUri });
      for (let offset = 0; ; offset += PAGE_ROWS) {
        const rows = await quarantine.session.rows(
          `SELECT * FROM quarantined WHERE ${filterSql(filter)} LIMIT ${PAGE_ROWS} OFFSET ${offset}`,
        );
        for (const row of rows) yield toRow(row as unknown as StoredRow);
        if (rows.length < PAGE_ROWS) break;
      }
    }
  } finally {
    await quarantine.close();
  }
}

/** The cells of one row, as src/sql/quarantine.ts writes them, and its standing. */
interface StoredRow {
  readonly batch: string;
  readonly first_batch: string;
  readonly run: string;
  readonly source_uri: string;
  readonly version_id: string | null;
  readonly line: number;
  readonly header: string | null;
  readonly raw: string | null;
  readonly reasons: string;
  readonly standing: Standing;
}

function toRow(row: StoredRow): QuarantinedRow {
  return {
    batch: row.batch,
    firstBatch: row.first_batch,
    run: row.run,
    sourceUri: row.source_uri,
    versionId: row.version_id,
    line: row.line,
    header: row.header,
    raw: row.raw,
    standing: row.standing,
    reasons: JSON.parse(row.reasons) as readonly QuarantineReason[],
  };
}
