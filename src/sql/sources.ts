import { indent, text } from './quote';
import { OBJECT, UPLOADED } from './staging-names';

/** A file of the batch, under the number that its rows carry. */
export interface SourceFile {
  /** Where SQL outside of Millrace finds it: `s3://…`, or a local path. */
  readonly uri: string;
  /** Version id, or the ETag where the store has no versions. */
  readonly version: string;
  /** ISO 8601. */
  readonly uploaded: string;
}

/** A query: which file each number stands for, and when it was uploaded (UTC). */
export function sourcesSql(files: readonly SourceFile[]): string {
  const rows = files.map(
    ({ uri, version, uploaded }, index) =>
      `(${index}, ${text(uri)}, ${text(version)}, CAST(${text(uploaded)} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`,
  );
  return `SELECT * FROM (VALUES
  ${indent(rows)}
) AS source(${OBJECT}, source_uri, version_id, ${UPLOADED})`;
}

/** `sources`: {@link sourcesSql} as a table. */
export function sourcesTableSql(files: readonly SourceFile[]): string {
  const columns = `${OBJECT} INTEGER, source_uri VARCHAR, version_id VARCHAR, ${UPLOADED} TIMESTAMP`;
  if (files.length === 0) return `CREATE TABLE sources (${columns})`;
  return `CREATE TABLE sources AS\n${sourcesSql(files)}`;
}
