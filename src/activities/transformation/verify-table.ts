import type { TableVersion } from '../../domain/stage';
import { readSnapshot } from '../../lake/delta/log';
import type { DeltaTable } from '../../lake/delta/table';
import { sha256OfAdd, tableVersion } from '../../lake/delta/table-version';
import { mapConcurrent } from '../../lake/map-concurrent';
import { PermanentFailure } from '../../ports/failures';
import type { StageDependencies } from '../stage-dependencies';

const HEAD_LANES = 16;

/**
 * Checks that a table version is still what a stage result says: its log, and existence, size and stored checksum of
 * each file. Bodies are read by whoever uses them.
 *
 * @throws PermanentFailure IntegrityError, NotFound
 */
export async function verifyTable(
  { store }: Pick<StageDependencies, 'store'>,
  table: DeltaTable,
  expected: TableVersion,
): Promise<void> {
  const snapshot = await readSnapshot(store, table, expected.version);
  const got = snapshot && tableVersion(snapshot).contentDigest;
  if (!snapshot || got !== expected.contentDigest) {
    throw damaged(table, { version: expected.version, expected: expected.contentDigest, got });
  }
  await mapConcurrent([...snapshot.files.values()], HEAD_LANES, async (file) => {
    const head = await store.head({ bucket: table.bucket, key: `${table.tableRoot}/${file.path}` });
    const sha256 = sha256OfAdd(file);
    if (head.bytes === file.size && (head.sha256 ?? sha256) === sha256) return;
    throw damaged(table, { file: file.path, expected: sha256, got: head.sha256 });
  });
}

function damaged(
  { tableRoot }: DeltaTable,
  fields: Readonly<Record<string, string | number | undefined>>,
): PermanentFailure {
  const message = 'Table version was changed since it was published: restore it from a backup';
  return new PermanentFailure('IntegrityError', message, { tableRoot, ...fields });
}
