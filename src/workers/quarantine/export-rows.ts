import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PARQUET_OPTIONS } from '../../sql/parquet';
import { filterSql } from '../../sql/quarantine-standing';
import { text } from '../../sql/quote';
import { viewBatch, withQuarantine, type QuarantineLake } from './open-quarantine';
import type { RowQuestion } from './quarantined-rows';

export const EXPORT_FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const COPY_OPTIONS: Readonly<Record<ExportFormat, string>> = {
  csv: '(FORMAT csv, HEADER)',
  ndjson: '(FORMAT json)',
  parquet: PARQUET_OPTIONS,
};

/**
 * Writes the rejected rows to a local file, which is there only when it is whole.
 *
 * @returns how many rows
 */
export function exportRows(
  lake: QuarantineLake,
  { batch: wanted, ...filter }: RowQuestion,
  target: { readonly file: string; readonly format: ExportFormat },
  onBatch: (done: number, of: number) => void,
): Promise<number> {
  return withQuarantine(lake, async (quarantine) => {
    const { session, directory } = quarantine;
    const batches = quarantine.batches.filter(({ batch }) => batch.startsWith(wanted));
    await session.execute(EXPORTED_TABLE);
    for (const [index, batch] of batches.entries()) {
      if (batch.rowsUri !== undefined) {
        await viewBatch(quarantine, { ...batch, rowsUri: batch.rowsUri });
        await session.execute(
          `INSERT INTO exported BY NAME SELECT * FROM quarantined WHERE ${filterSql(filter)}`,
        );
      }
      onBatch(index + 1, batches.length);
    }
    const path = join(directory, `export.${target.format}`);
    await session.execute(
      `COPY (SELECT * FROM exported ORDER BY batch, source_uri, version_id, line) TO ${text(path)} ${COPY_OPTIONS[target.format]}`,
    );
    await moveInto(path, target.file);
    const [count] = await session.rows('SELECT count(*) AS rows FROM exported');
    return count?.['rows'] as number;
  });
}

const EXPORTED_TABLE = `CREATE TABLE exported (
  batch VARCHAR, first_batch VARCHAR, run VARCHAR, source_uri VARCHAR, version_id VARCHAR, line BIGINT,
  standing VARCHAR, header VARCHAR, raw VARCHAR, reasons VARCHAR)`;

/** The target may be on another disk, so it is copied beside its place and then renamed. */
async function moveInto(path: string, file: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  try {
    await pipeline(createReadStream(path), createWriteStream(partial));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
