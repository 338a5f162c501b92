import { indent, text } from './quote';
import { OBJECT } from './staging-names';

/** Why a file of a batch cannot be read as a whole. A file may have several reasons. */
export interface UnreadableFile {
  /** Position in the batch manifest. */
  readonly object: number;
  readonly reason: string;
}

/** `unreadable`: files that cannot be read as a whole. */
export function unreadableTableSql(files: readonly UnreadableFile[]): string {
  if (files.length === 0) return `CREATE TABLE unreadable (${OBJECT} INTEGER, message VARCHAR)`;
  const rows = files.map(({ object, reason }) => `(${object}, ${text(reason)})`);
  return `CREATE TABLE unreadable AS
SELECT * FROM (VALUES
  ${indent(rows)}
) AS file(${OBJECT}, message)`;
}
