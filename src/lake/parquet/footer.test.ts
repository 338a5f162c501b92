import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckDbEngine } from '../../adapters/query-engine/duckdb';
import { readFooter } from './footer';

describe('the bounds of decimals in a footer', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-footer-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it.each([
    ['9,2', ['-9999999.99', '0.01'], [-999999999n, 1n]],
    ['9,9', ['-0.999999999', '0.000000001'], [-999999999n, 1n]],
    ['4,1', ['-1.5', '0.1'], [-15n, 1n]],
    ['15,3', ['-999999999999.999', '0.7'], [-999999999999999n, 700n]],
    ['18,4', ['-0.0001', '0.3'], [-1n, 3000n]],
    ['18,4', ['0', '99999999999999.9999'], [0n, undefined]],
    ['38,10', ['-9999999999999999999999999999.9999999999', '0.1'], [undefined, 1_000_000_000n]],
    ['38,0', ['0', '99999999999999999999999999999999999999'], [0n, undefined]],
  ] as const)('of DECIMAL(%s) are exact, or none', async (type, values, [min, max]) => {
    const path = join(directory, 'decimals.parquet');
    const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 64, threads: 1 });
    const rows = values.map((value) => `('${value}'::DECIMAL(${type}))`).join(', ');
    await session.execute(`COPY (SELECT * FROM (VALUES ${rows}) AS v(d)) TO '${path}' (FORMAT parquet)`);
    await session.close();
    const { columns } = await readFooter(path);
    expect(columns).toMatchObject([{ kind: 'decimal', chunks: [{ min, max }] }]);
  });
});
