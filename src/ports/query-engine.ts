import type { RecordBatch } from 'apache-arrow';
import type { JsonValue } from '../domain/canonical-json';

export interface QueryOptions {
  /** The only directory that SQL may read and write; also holds spill files. */
  readonly directory: string;
  readonly memoryLimitMegabytes: number;
  readonly threads: number;
}

/**
 * An SQL engine bound to one scratch directory: no network, no extensions, no file outside of it, settings locked.
 *
 * Failures: `PermanentFailure('InvalidInput')` for SQL that does not parse or bind;
 * `TransientFailure('EngineFailed')` for memory, disk and interruption.
 */
export interface QueryEngine {
  /** Name and version: it takes part in what results are reused for. */
  readonly version: string;
  readonly open: (options: QueryOptions) => Promise<QuerySession>;
}

export interface QuerySession {
  /** Runs one or more statements; an aborted signal interrupts the statement within about 40 ms. */
  readonly execute: (sql: string, signal?: AbortSignal) => Promise<void>;
  /** A small result as plain JSON objects. Refuses more than 10,000 rows: bulk data travels as Arrow. */
  readonly rows: (sql: string) => Promise<readonly Readonly<Record<string, JsonValue>>[]>;
  /** A large result as Arrow record batches; all columns must be FLOAT, DOUBLE, INTEGER or BIGINT. */
  readonly batches: (sql: string) => AsyncIterable<RecordBatch>;
  /** Drops all tables and views, so that the session can serve for something else. */
  readonly clear: () => Promise<void>;
  /** Never fails. */
  readonly close: () => Promise<void>;
}
