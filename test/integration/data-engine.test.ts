import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { describeQueryEngineContract } from '../contract/query-engine.contract';

describeQueryEngineContract('DuckDB', createDuckDbEngine);

test('DuckDB closes a session also when memory cannot be given back before', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-engine-'));
  const engine = createDuckDbEngine();
  const options = { directory, memoryLimitMegabytes: 64, threads: 1 };
  const sessions = [await engine.open(options), await engine.open(options)];
  const create = jest.spyOn(DuckDBInstance, 'create').mockRejectedValueOnce(new Error('no memory'));
  for (const session of sessions) await session.close();
  expect(create).toHaveBeenCalledTimes(2);
  for (const session of sessions) await expect(session.rows('SELECT 1')).rejects.toThrow();
  create.mockRestore();
  await rm(directory, { recursive: true });
});
