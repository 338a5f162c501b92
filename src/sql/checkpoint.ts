import { PARQUET_OPTIONS } from './parquet';
import { text } from './quote';

const TEXTS = 'MAP(VARCHAR, VARCHAR)';

/** Columns of a checkpoint (PROTOCOL.md of delta-io/delta, "Checkpoint Schema"), for actions of our protocol version. */
const ACTION_COLUMNS: Readonly<Record<string, string>> = {
  protocol: 'STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER)',
  metaData:
    `STRUCT(id VARCHAR, name VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, options ${TEXTS}), ` +
    `schemaString VARCHAR, partitionColumns VARCHAR[], createdTime BIGINT, configuration ${TEXTS})`,
  txn: 'STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT, committedIn BIGINT)',
  remove:
    'STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, ' +
    `partitionValues ${TEXTS}, size BIGINT, tags ${TEXTS})`,
  add:
    `STRUCT(path VARCHAR, partitionValues ${TEXTS}, size BIGINT, modificationTime BIGINT, dataChange BOOLEAN, ` +
    `stats VARCHAR, tags ${TEXTS})`,
};

/**
 * One statement: actions, one JSON object per line, into a checkpoint file; the same bytes for the same lines.
 *
 * @param longestLine bytes; the engine sets aside several times as much
 */
export function checkpointSql(linesPath: string, parquetPath: string, longestLine: number): string {
  const columns = Object.entries(ACTION_COLUMNS).map(([name, type]) => `${text(name)}: ${text(type)}`);
  return `COPY (
  SELECT * FROM read_json(${text(linesPath)}, format = 'newline_delimited', maximum_object_size = ${longestLine},
    columns = {${columns.join(', ')}})
) TO ${text(parquetPath)} ${PARQUET_OPTIONS}`;
}
