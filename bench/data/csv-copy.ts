import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { MEMORY_LIMIT_MEGABYTES } from './landing';

const TEXT = ['carrier', 'tailnum', 'origin', 'dest'];
const COLUMNS = (
  'year month day dep_time sched_dep_time dep_delay arr_time sched_arr_time arr_delay carrier flight tailnum origin ' +
  'dest air_time distance hour minute time_hour'
).split(' ');

/** Seconds that DuckDB's own COPY takes from CSV to one typed Parquet file; rows that do not fit are left out. */
export async function copyByDuckDb(files: readonly string[]): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: `${MEMORY_LIMIT_MEGABYTES}MB`,
  });
  const connection = await instance.connect();
  const began = performance.now();
  await connection.run(`COPY (
    SELECT * FROM read_csv([${files.map((file) => `'${file}'`).join(', ')}], auto_detect = false, header = true,
      delim = ',', quote = '"', nullstr = ['', 'NA'], timestampformat = '%Y-%m-%dT%H:%M:%SZ', ignore_errors = true,
      columns = {${COLUMNS.map((name) => `'${name}': '${typeOf(name)}'`).join(', ')}})
  ) TO '${path.join(directory, 'rows.parquet')}' (FORMAT parquet, COMPRESSION snappy)`);
  const seconds = (performance.now() - began) / 1000;
  connection.closeSync();
  instance.closeSync();
  await rm(directory, { recursive: true });
  return seconds;
}

function typeOf(name: string): string {
  if (TEXT.includes(name)) return 'VARCHAR';
  return name === 'time_hour' ? 'TIMESTAMP' : 'BIGINT';
}
