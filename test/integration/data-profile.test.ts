import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { profileRows } from '../../src/activities/profiling/profile-rows';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { total } from '../../src/domain/drift';
import { edgeOf } from '../../src/domain/histogram';
import type { NumberProfile, Profile, TextProfile } from '../../src/domain/profile';
import { profileDrift } from '../../src/domain/profile-drift';
import { parseS3Uri } from '../../src/domain/s3-uri';
import type { ValidateResult } from '../../src/domain/stage';
import { readDocument } from '../../src/lake/documents';
import type { QuerySession } from '../../src/ports/query-engine';
import { openLake, type Lake } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripLine, tripsCsv } from './data-trips';

const NEVER = new AbortController().signal;

function numberColumn(profile: Profile, name: string): NumberProfile {
  const column = profile.columns.find((candidate) => candidate.name === name);
  if (column?.kind === undefined || column.kind === 'text') throw new Error(`No number ${name}`);
  return column;
}

function textColumn(profile: Profile, name: string): TextProfile {
  const column = profile.columns.find((candidate) => candidate.name === name);
  if (column?.kind !== 'text') throw new Error(`No text ${name}`);
  return column;
}

describe('the profile of rows in DuckDB', () => {
  let directory: string;
  let session: QuerySession;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-profile-'));
    session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 256, threads: 2 });
  });
  afterEach(async () => {
    await session.close();
    await rm(directory, { recursive: true });
  });

  const profile = (relation: string): Promise<Profile> =>
    profileRows(
      session,
      [
        { name: 'n', column: 'n', type: 'integer' },
        { name: 'x', column: 'x', type: 'double' },
        { name: 'word', column: 'word', type: 'string' },
        { name: 'at', column: 'at', type: 'timestamp' },
      ],
      { relation: `(${relation})`, rowNumber: 'n' },
      NEVER,
    );

  it('counts what is there, finds quantiles, and puts every value into one bin', async () => {
    const found = await profile(`SELECT n, CASE WHEN n < 900 THEN n / 10 END AS x,
      CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END AS word, TIMESTAMP '2024-01-01' + to_hours(n) AS at
      FROM range(1000) AS row(n)`);
    expect(found).toMatchObject({ rows: 1000, sampleRows: 1000, sampledEvery: 1 });
    const n = numberColumn(found, 'n');
    expect(n).toMatchObject({ nulls: 0, distinct: 1000, isDistinctExact: true });
    expect(n.range).toMatchObject({ min: 0, max: 999, mean: 499.5 });
    expect(n.range?.quantiles.p50).toBeCloseTo(500, -1);
    expect(numberColumn(found, 'x')).toMatchObject({ nulls: 100, distinct: 900, range: { max: 89.9 } });
    const { histogram } = numberColumn(found, 'x').range!;
    expect(total(histogram.counts) + histogram.below + histogram.above).toBe(900);
    expect(textColumn(found, 'word')).toMatchObject({
      distinct: 2,
      others: 0,
      values: [
        { value: 'even', count: 500 },
        { value: 'odd', count: 500 },
      ],
    });
    expect(numberColumn(found, 'at').range?.min).toBe(Date.UTC(2024, 0, 1) / 1000);
  });

  it('keeps the middle readable when a few values lie far out', async () => {
    const found = await profile(`SELECT n, CASE WHEN n = 7 THEN 1e12 ELSE n % 100 END AS x, 'a' AS word,
      TIMESTAMP '2024-01-01' AS at FROM range(10000) AS row(n)`);
    const { histogram, max } = numberColumn(found, 'x').range!;
    expect(max).toBe(1e12);
    expect(histogram.above).toBe(1);
    expect(histogram.counts.length).toBeGreaterThan(19);
    expect(edgeOf(histogram, histogram.counts.length)).toBeLessThan(110);
  });

  it('has no range where there is no value, and no rows where there are none', async () => {
    const found = await profile(`SELECT n, NULL::DOUBLE AS x, NULL::VARCHAR AS word, NULL::TIMESTAMP AS at
      FROM range(5) AS row(n)`);
    expect(numberColumn(found, 'x')).toMatchObject({ nulls: 5, distinct: 0 });
    expect(numberColumn(found, 'x').range).toBeUndefined();
    expect(textColumn(found, 'word')).toMatchObject({ nulls: 5, values: [], others: 0 });
    const empty = await profile(`SELECT n, n / 1 AS x, 'a' AS word, TIMESTAMP '2024-01-01' AS at
      FROM range(0) AS row(n)`);
    expect(empty).toMatchObject({ rows: 0, sampleRows: 0 });
  });

  it('lists the most frequent of many texts and cuts long ones', async () => {
    const found = await profile(`SELECT n, 1.0 AS x, CASE WHEN n < 50 THEN repeat('z', 5000) ELSE 'w' || n END
      AS word, TIMESTAMP '2024-01-01' AS at FROM range(1000) AS row(n)`);
    const word = textColumn(found, 'word');
    expect(word.values).toHaveLength(10);
    expect(word.values[0]).toEqual({ value: 'z'.repeat(100), count: 50 });
    expect(word.others).toBe(1000 - 50 - 9);
  });

  it('looks at every n-th of very many rows, the same ones each time', async () => {
    const rows = `SELECT n, (n * 7919) % 100003 AS x, 'v' || (n % 50) AS word, TIMESTAMP '2024-01-01' AS at
      FROM range(1000000) AS row(n)`;
    const found = await profile(rows);
    expect(found).toMatchObject({ rows: 1_000_000, sampledEvery: 10, sampleRows: 100_000 });
    expect(numberColumn(found, 'x').range?.quantiles.p50).toBeCloseTo(50_000, -3);
    expect(numberColumn(found, 'n').isDistinctExact).toBe(false);
    expect(await profile(rows)).toEqual(found);
  });
});

describe('the profile that validation publishes', () => {
  let lake: Lake;
  beforeEach(async () => {
    lake = await openLake();
  });
  afterEach(() => lake.close());

  const profileOf = async (result: ValidateResult): Promise<Profile> =>
    (await readDocument<Profile>(lake.store, parseS3Uri(result.profile!.uri))).value;
  const validate = async (file: string): Promise<ValidateResult> =>
    lake.validate(await lake.land(TRIPS_PLAN, [file]));

  it('describes the accepted rows of a good batch, and the readable ones of a rejected batch', async () => {
    const trips = makeTrips('2024-01-01', 3, 20);
    const good = await validate(tripsCsv(trips));
    expect(await profileOf(good)).toMatchObject({ rows: 60 });
    const lines = ['id,line,started,minutes,day,express,booked', ...trips.slice(0, 3).map(tripLine)];
    const bad = Array.from({ length: 9 }, (_unused, i) => `${i},Z,2024-01-01T00:00:00Z,1,1,true,01.01.2024`);
    const rejected = await validate(`${[...lines, ...bad].join('\n')}\n`);
    expect(rejected.verdict).toBe('rejected');
    const profile = await profileOf(rejected);
    expect(profile.rows).toBe(12);
    expect(textColumn(profile, 'line').values[0]).toEqual({ value: 'Z', count: 9 });
  });

  it('shows no drift between two halves of one feed, and shows which column changed', async () => {
    const trips = makeTrips('2024-01-01', 20, 40);
    const [even, odd] = [0, 1].map((half) => trips.filter((_trip, index) => index % 2 === half));
    const before = await profileOf(await validate(tripsCsv(even!)));
    const same = await profileOf(await validate(tripsCsv(odd!)));
    const levels = profileDrift(before, same).map(({ level }) => level);
    expect(levels).not.toContain('moderate');
    expect(levels).not.toContain('strong');
    const longer = odd!.map((trip) => ({ ...trip, minutes: (trip.minutes ?? 0) + 400 }));
    const moved = profileDrift(before, await profileOf(await validate(tripsCsv(longer))));
    expect(moved[0]).toMatchObject({ column: 'minutes', level: 'strong' });
    expect(moved.filter(({ level }) => level === 'strong')).toHaveLength(1);
  });
});
