import type { TableVersion } from '../../domain/stage';
import { PermanentFailure } from '../../ports/failures';
import { digestOf } from '../digest';
import type { AddAction, FileStatistics } from './actions';
import type { Snapshot } from './snapshot';

/** The numbers of a table version, as stage results carry them. @throws PermanentFailure('IntegrityError') for a file without hash or row count. */
export function tableVersion(snapshot: Snapshot): TableVersion {
  return {
    version: snapshot.version,
    rows: rowCount(snapshot),
    files: snapshot.files.size,
    contentDigest: contentDigest(snapshot),
  };
}

/** SHA-256 over the sorted (path, sha256) pairs of the live files: equal content, equal digest. */
export function contentDigest(snapshot: Pick<Snapshot, 'files'>): string {
  const pairs = [...snapshot.files.values()].map((file): readonly [string, string] => [
    file.path,
    sha256OfAdd(file),
  ]);
  return digestOf(pairs.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function rowCount(snapshot: Pick<Snapshot, 'files'>): number {
  return [...snapshot.files.values()].reduce((rows, file) => rows + rowsOfAdd(file), 0);
}

/** Hex digest of a live file. @throws PermanentFailure('IntegrityError') when another engine added it without. */
export function sha256OfAdd({ path, tags }: AddAction): string {
  const sha256 = tags?.['sha256'];
  if (sha256 !== undefined) return sha256;
  const message = 'Table file has no SHA-256 tag: another engine wrote it; restore the table';
  throw new PermanentFailure('IntegrityError', message, { path });
}

/** @throws PermanentFailure('IntegrityError') when another engine added it without statistics. */
export function rowsOfAdd({ path, stats }: AddAction): number {
  if (stats !== undefined) return (JSON.parse(stats) as FileStatistics).numRecords;
  const message = 'Table file has no row count: another engine wrote it; restore the table';
  throw new PermanentFailure('IntegrityError', message, { path });
}
