// Files are fetched and checked ahead of the scan, typed beside it, and results are published side by side: none of this
// may show in what comes out, and a failure of one part ends the others before the scratch directory is removed.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { withFaults } from '../../src/adapters/object-store/fault-injecting';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import { TransientFailure } from '../../src/ports/failures';
import type { ObjectStore } from '../../src/ports/object-store';
import type { QueryEngine } from '../../src/ports/query-engine';
import { LAKE, openLake, type Lake } from './data-fixture';
import { makeTrips, TRIPS_HEADER, TRIPS_PLAN, tripsCsv } from './data-trips';

const GOOD = tripsCsv(makeTrips('2024-01-01', 3, 20));
const FAULTY = `${GOOD}1,a "stray quote,x\n`;
const DAMAGED = `${TRIPS_HEADER}\n1,"${'text\n'.repeat(20_000)}`;
const MISNAMED = GOOD.replace('minutes', 'minuts');
const EMPTY = '';

let lake: Lake;
afterEach(() => lake.close());

describe('a batch with files that cannot be read', () => {
  beforeEach(async () => {
    lake = await openLake();
  });

  const judge = async (...files: readonly string[]) => {
    const batch = await lake.land(
      TRIPS_PLAN,
      files.map((file, index) => ({ name: `${index}.csv`, bytes: Buffer.from(file) })),
    );
    const result = await lake.validate(batch);
    const [kept] = await lake.parquetRows(result.quarantine!, 'count(*) AS entries');
    return {
      reasons: result.reasons.map((reason) => reason.replace(/^.*\/(\d\.csv: [\w ]{0,40}).*$/, '$1')),
      rows: result.rows,
      entries: kept!['entries'],
    };
  };

  it('names all whose beginning is refused, in order, and counts no row, whatever was scanned before', async () => {
    expect(await judge(FAULTY, GOOD, MISNAMED, FAULTY, EMPTY, GOOD)).toEqual({
      reasons: ['2.csv: the header does not fit the columns', '4.csv: the file is empty'],
      rows: 0,
      entries: 2,
    });
  });

  it('names those damaged in their rows only when every beginning is fine, with the faults seen', async () => {
    expect(await judge(DAMAGED, FAULTY, EMPTY)).toMatchObject({
      reasons: ['2.csv: the file is empty'],
      rows: 0,
    });
    expect(await judge(DAMAGED, FAULTY, DAMAGED, GOOD)).toEqual({
      reasons: ['0.csv: 10000 records in a row', '2.csv: 10000 records in a row'],
      rows: 20_001,
      entries: 20_003,
    });
  });
});

it('reports each file that was fetched, in order', async () => {
  lake = await openLake();
  await lake.validate(await lake.land(TRIPS_PLAN, [GOOD, FAULTY, GOOD.replace('A', 'B')]));
  const files = lake.progress.flatMap(({ file, of }) => (file === undefined ? [] : [[file, of]]));
  expect(files).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
});

it.each([
  ['accepted.parquet', ['profile.json', 'rejected.parquet']],
  ['profile.json', ['accepted.parquet']],
  ['rejected.parquet', ['accepted.parquet', 'profile.json']],
])(
  'when %s cannot be published, what is under way is waited for, and another attempt does it',
  async (name, others) => {
    const memory = createMemoryObjectStore();
    lake = await openLake(memory);
    const store = withFaults(memory, `fail:createIfAbsent:*${name}`, {
      markerDirectory: `${lake.scratch}/markers`,
    });
    const faulty = await openLake(store);
    const batch = await faulty.land(TRIPS_PLAN, [FAULTY]);
    await expect(faulty.validate(batch)).rejects.toMatchObject({ code: 'StoreUnavailable' });
    const published: string[] = [];
    for (const prefix of ['runs/', 'quarantine/'])
      for await (const { key } of memory.list(LAKE, prefix)) published.push(path.basename(key));
    expect(published).toEqual(expect.arrayContaining(others));
    expect(published).not.toContain(name);
    expect(await readdir(faulty.deps.scratchDirectory)).toEqual([]);
    expect(await faulty.validate(batch)).toMatchObject({ verdict: 'accepted', rows: 61, quarantinedRows: 1 });
    await faulty.close();
  },
);

it('ends soon when rows cannot be typed: the files behind are not fetched any more', async () => {
  const engine = createDuckDbEngine();
  const broken: QueryEngine = {
    ...engine,
    open: async (options) => {
      const session = await engine.open(options);
      const execute: typeof session.execute = (sql, signal) =>
        sql.startsWith('COPY')
          ? Promise.reject(new TransientFailure('EngineFailed', 'no room'))
          : session.execute(sql, signal);
      return { ...session, execute };
    },
  };
  const memory = createMemoryObjectStore();
  const fetched: string[] = [];
  const store: ObjectStore = {
    ...memory,
    open: (location) => {
      if (location.key.endsWith('.csv')) fetched.push(location.key);
      return memory.open(location);
    },
  };
  lake = await openLake(store, { engine: broken });
  const large = tripsCsv(makeTrips('2024-01-01', 300, 400));
  const plan = {
    ...TRIPS_PLAN,
    expectations: TRIPS_PLAN.expectations.filter(({ kind }) => kind !== 'matches'),
  };
  const files = ['a', 'b', 'c', 'd'].map((name) => ({ name: `${name}.csv`, bytes: Buffer.from(large) }));
  await expect(lake.validate(await lake.land(plan, files))).rejects.toMatchObject({ message: 'no room' });
  expect(fetched.length).toBeLessThan(files.length);
  expect(await readdir(lake.deps.scratchDirectory)).toEqual([]);
});
