import { randomUUID } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, version, type DuckDBConnection } from '@duckdb/node-api';
import type { RecordBatch } from 'apache-arrow';
import { PermanentFailure } from '../../ports/failures';
import type { QueryEngine, QueryOptions, QuerySession } from '../../ports/query-engine';
import { createBatchBuilder } from './arrow-batches';
import { asEngineFailure } from './duckdb-errors';
import { toJsonValue } from './json-values';

/** `rows` is for decisions, not for data: objects for more rows than this would block the event loop for long. */
const MAX_ROWS = 10_000;
/** DuckDB forgets an interrupt that falls between two statements, so it is repeated until the call has ended. */
const INTERRUPT_EVERY_MS = 40;
/** Spill files of the largest measured batch (21 million rows, 512 MB limit) need a few GB. */
const MAX_SPILL = '100GB';

/**
 * DuckDB inside the process, one private in-memory database per session. Statements run in a libuv pool thread for
 * their whole length: start the process with `UV_THREADPOOL_SIZE=16`.
 *
 * @param currentSignal interrupts whatever is not given a signal of its own; asked for at each statement
 */
export function createDuckDbEngine(currentSignal: CurrentSignal = () => undefined): QueryEngine {
  const giveMemoryBack = createMemoryReturn();
  return {
    version: `duckdb ${version()}`,
    open: (options) => guarded(() => openSession(options, currentSignal, giveMemoryBack)),
  };
}

type CurrentSignal = () => AbortSignal | undefined;

/**
 * When an instance is closed, DuckDB gives all free memory of the process back to the system, in the thread that closes:
 * the event loop's, for up to half a second. Setting a limit does the same, in a pool thread; so an instance that does
 * nothing else sets its own.
 */
function createMemoryReturn(): () => Promise<void> {
  const limit = '16MB';
  const open = async (): Promise<DuckDBConnection> =>
    (await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: limit })).connect();
  let opened: Promise<DuckDBConnection> | undefined;
  return async () => {
    try {
      const connection = await (opened ??= open());
      await connection.run(`SET memory_limit = '${limit}'`);
    } catch {
      // Closing will do it then.
      opened = undefined;
    }
  };
}

async function openSession(
  options: QueryOptions,
  currentSignal: CurrentSignal,
  giveMemoryBack: () => Promise<void>,
): Promise<QuerySession> {
  await mkdir(options.directory, { recursive: true });
  const directory = await realpath(options.directory);
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: `${options.memoryLimitMegabytes}MB`,
    // Two instances that spill into one folder would overwrite each other's files.
    temp_directory: join(directory, `spill-${randomUUID()}`),
    max_temp_directory_size: MAX_SPILL,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run(confine(directory));
  return {
    execute: async (sql, signal = currentSignal()) => {
      await guarded(() => interruptibly(connection, signal, () => connection.run(sql)), signal);
    },
    rows: (sql) => {
      const signal = currentSignal();
      return guarded(() => interruptibly(connection, signal, () => readRows(connection, sql)), signal);
    },
    batches: (sql) => readBatches(connection, sql, currentSignal()),
    clear: () => guarded(() => dropAll(connection)),
    close: async () => {
      // Tables may refuse to go after an interrupt; closing takes them along anyway.
      await dropAll(connection).catch(() => undefined);
      await giveMemoryBack();
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Order matters: the directory must be allowed before the doors close, and the lock comes last. */
function confine(directory: string): string {
  const quoted = `'${directory.replaceAll("'", "''")}/'`;
  return [
    `SET TimeZone = 'UTC'`,
    `SET preserve_insertion_order = true`,
    `SET allowed_directories = [${quoted}]`,
    `SET enable_external_access = false`,
    `SET lock_configuration = true`,
  ].join(';\n');
}

async function interruptibly<T>(
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    timer ??= setInterval(() => {
      connection.interrupt();
    }, INTERRUPT_EVERY_MS);
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    return await work();
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', interrupt);
  }
}

/** One name for each, quoted: `VIEW "a"`. Views first, because they may depend on tables. */
const OBJECTS_SQL = `SELECT 'VIEW "' || replace(view_name, '"', '""') || '"' FROM duckdb_views() WHERE NOT internal
UNION ALL SELECT 'TABLE "' || replace(table_name, '"', '""') || '"' FROM duckdb_tables() WHERE NOT internal`;

async function dropAll(connection: DuckDBConnection): Promise<void> {
  const found = await connection.runAndReadAll(OBJECTS_SQL);
  const drops = found.getRows().map(([object]) => `DROP ${String(object)}`);
  if (drops.length > 0) await connection.run(drops.join(';\n'));
}

async function readRows(connection: DuckDBConnection, sql: string): ReturnType<QuerySession['rows']> {
  const reader = await connection.streamAndReadUntil(sql, MAX_ROWS + 1);
  if (reader.currentRowCount > MAX_ROWS) {
    const advice = 'aggregate in SQL, write a file, or read it as Arrow batches';
    throw new PermanentFailure('InvalidInput', `Query result is too large for JSON rows: ${advice}`, {
      maxRows: MAX_ROWS,
    });
  }
  const names = reader.columnNames();
  return reader
    .getRows()
    .map((row) => Object.fromEntries(names.map((name, index) => [name, toJsonValue(row[index] ?? null)])));
}

async function* readBatches(
  connection: DuckDBConnection,
  sql: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<RecordBatch> {
  try {
    const result = await interruptibly(connection, signal, () => connection.stream(sql));
    const builder = createBatchBuilder(result.columnNames(), result.columnTypes());
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      signal?.throwIfAborted();
      if (!builder.hasRoomFor(chunk.rowCount)) yield builder.finish();
      builder.append(chunk);
    }
    if (builder.rows() > 0) yield builder.finish();
  } catch (error) {
    signal?.throwIfAborted();
    throw asEngineFailure(error);
  }
}

async function guarded<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    throw asEngineFailure(error);
  }
}
