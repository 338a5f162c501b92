import { copyFile, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createCsvReader } from '../../src/activities/validation/csv-reader';
import { parsedSql } from '../../src/activities/validation/judge-rows';
import { createTypingLanes } from '../../src/activities/validation/typing-lanes';
import { writeAccepted } from '../../src/activities/validation/write-accepted';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import type { PipelinePlan } from '../../src/domain/plan';
import { compileRules } from '../../src/sql/rules';
import { sourcesTableSql } from '../../src/sql/sources';
import type { StagedObject } from '../../src/sql/staged-object';
import { judgeRowsSql } from '../../src/sql/validate';
import { benchPlan, MEMORY_LIMIT_MEGABYTES } from './landing';

const TEXT = ['carrier', 'tailnum', 'origin', 'dest'];
const COLUMNS = (
  'year month day dep_time sched_dep_time dep_delay arr_time sched_arr_time arr_delay carrier flight tailnum origin ' +
  'dest air_time distance hour minute time_hour'
).split(' ');

export interface CopySample {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** From CSV to one typed Parquet file, by both, on the same files. */
export interface Copies {
  readonly duckdb: CopySample;
  readonly millrace: CopySample;
}

export async function measureCopies(files: readonly string[]): Promise<Copies> {
  const duckdb = await measured((directory) => copyByDuckDb(files, directory));
  return { duckdb, millrace: await measured((directory) => copyByMillrace(files, directory)) };
}

async function measured(copy: (directory: string) => Promise<() => Promise<void>>): Promise<CopySample> {
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  try {
    const run = await copy(directory);
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    await run();
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** DuckDB's own COPY; rows that do not fit are left out. */
async function copyByDuckDb(files: readonly string[], directory: string): Promise<() => Promise<void>> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: `${MEMORY_LIMIT_MEGABYTES}MB`,
  });
  const connection = await instance.connect();
  return async () => {
    await connection.run(`COPY (
    SELECT * FROM read_csv([${files.map((file) => `'${file}'`).join(', ')}], auto_detect = false, header = true,
      delim = ',', quote = '"', nullstr = ['', 'NA'], timestampformat = '%Y-%m-%dT%H:%M:%SZ', ignore_errors = true,
      columns = {${COLUMNS.map((name) => `'${name}': '${typeOf(name)}'`).join(', ')}})
  ) TO '${path.join(directory, 'rows.parquet')}' (FORMAT parquet, COMPRESSION snappy)`);
    connection.closeSync();
    instance.closeSync();
  };
}

function typeOf(name: string): string {
  if (TEXT.includes(name)) return 'VARCHAR';
  return name === 'time_hour' ? 'TIMESTAMP' : 'BIGINT';
}

/** The part of validation that does the same: scan, strict types, rows that do not fit set aside; no other rule. */
async function copyByMillrace(files: readonly string[], directory: string): Promise<() => Promise<void>> {
  const plan: PipelinePlan = { ...(await benchPlan('bench')), expectations: [] };
  const copies = files.map((file, object) => ({
    object,
    key: file,
    path: path.join(directory, `${object}.csv`),
  }));
  for (const { key, path: copy } of copies) await copyFile(key, copy);
  const engine = createDuckDbEngine();
  const engineOptions = { memoryLimitMegabytes: MEMORY_LIMIT_MEGABYTES, threads: 2 };
  const session = await engine.open({ ...engineOptions, directory });
  const { signal } = new AbortController();
  const rules = compileRules(plan, { lakeBucket: 'lake' });
  const sources = files.map(() => ({ uri: '', version: '', uploaded: '2100-01-01T00:00:00Z' }));
  return async () => {
    const faults = await open(path.join(directory, 'faults.ndjson'), 'w');
    const deps = { engine, engineOptions, signal: () => signal };
    const lanes = createTypingLanes({ deps, plan, rules, files: sources, directory });
    const reader = createCsvReader({ plan, session, faults, signal, lanes });
    const scanned: StagedObject[] = [];
    for (const file of copies) scanned.push(await reader.stage(await reader.check(file)));
    const staged = await lanes.finish(scanned);
    await faults.close();
    await lanes.close();
    const judge = [
      sourcesTableSql(sources),
      ...parsedSql(plan, rules, staged),
      ...judgeRowsSql(plan, rules, []),
    ];
    for (const statement of judge) await session.execute(statement);
    await writeAccepted(session, plan, staged, path.join(directory, 'rows.parquet'), signal);
    await session.close();
  };
}
