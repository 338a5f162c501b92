import type { ObjectStore } from '../../src/ports/object-store';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import type { PipelinePlan, WindowPlan } from '../../src/domain/plan';
import { LAKE, openLake, type Lake, type Row } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripsCsv, type Trip } from './data-trips';

const WINDOWS = TRIPS_PLAN.windows.map(({ name }) => name);
const FEATURES_SQL = `"_key_id" AS id, "_event_time" AS started, late, line, month_ AS month, hour, is_express, ${WINDOWS.join(', ')}`;

describe('the transform stage over DuckDB and Delta', () => {
  let lake: Lake;
  beforeEach(async () => {
    lake = await openLake();
  });
  afterEach(() => lake.close());

  const process = (trips: readonly Trip[], plan = TRIPS_PLAN, target = lake) =>
    target.process(plan, [tripsCsv(trips)]);
  const features = async (target = lake, plan = TRIPS_PLAN) =>
    sorted(await target.tableRows(plan, 'features', FEATURES_SQL));
  const clean = async (target = lake) =>
    sorted(
      await target.tableRows(TRIPS_PLAN, 'clean', 'id, started, line, minutes, day_ AS day, express, booked'),
    );
  const days = (files: Readonly<Record<string, string>>) =>
    Object.keys(files).map((path) => path.split('/part-')[0]);

  it('writes one file per UTC day, named by its content, in both tables', async () => {
    const trips = makeTrips('2024-01-30', 4, 25);
    const { transformed } = await process(trips);
    expect(transformed).toMatchObject({
      reused: false,
      clean: { version: 0, rows: 100, files: 4 },
      features: { version: 0, rows: 100, files: 4 },
    });
    const files = await lake.tableFiles(TRIPS_PLAN, 'features');
    expect(days(files).sort()).toEqual([
      'year=2024/month=01/day=30',
      'year=2024/month=01/day=31',
      'year=2024/month=02/day=01',
      'year=2024/month=02/day=02',
    ]);
    for (const [path, sha256] of Object.entries(files))
      expect(path).toContain(`part-${sha256.slice(0, 16)}.parquet`);
    expect(lake.progress).toContainEqual({ stage: 'transform', table: 'features', partition: 4, of: 4 });
  });

  it('computes features and windows like a plain program does', async () => {
    const trips = makeTrips('2024-01-01', 12, 30);
    await process(trips);
    expectFeatures(await features(), trips);
  });

  it('comes to the same rows and bytes in many batches as in one', async () => {
    // In the order of time, so that each batch covers a few days and shares the first and last of them.
    const trips = [...makeTrips('2024-01-25', 14, 30)].sort((left, right) =>
      left.started < right.started ? -1 : 1,
    );
    await process(trips);
    const increments = await openLake();
    // Out of order, across a month's end: what comes later reaches into windows that are computed already.
    for (const [from, to] of [
      [200, 320],
      [0, 90],
      [320, 420],
      [90, 200],
    ] as const) {
      await process(trips.slice(from, to), TRIPS_PLAN, increments);
    }
    expect(await increments.tableFiles(TRIPS_PLAN, 'clean')).toEqual(
      await lake.tableFiles(TRIPS_PLAN, 'clean'),
    );
    expect(await increments.tableFiles(TRIPS_PLAN, 'features')).toEqual(
      await lake.tableFiles(TRIPS_PLAN, 'features'),
    );
    expectFeatures(await features(increments), trips);
    await increments.close();
  });

  it('gives equal bytes with another number of threads and less memory', async () => {
    const trips = makeTrips('2024-01-01', 10, 2_000);
    await process(trips);
    const other = await openLake(undefined, { engineOptions: { memoryLimitMegabytes: 128, threads: 4 } });
    await process(trips, TRIPS_PLAN, other);
    expect(await other.tableFiles(TRIPS_PLAN, 'features')).toEqual(
      await lake.tableFiles(TRIPS_PLAN, 'features'),
    );
    expect(await other.tableFiles(TRIPS_PLAN, 'clean')).toEqual(await lake.tableFiles(TRIPS_PLAN, 'clean'));
    await other.close();
  });

  it('keeps the newest row of a key: later line, later file, later batch', async () => {
    const [first, ...others] = makeTrips('2024-01-01', 2, 10);
    const variant = (minutes: number): Trip => ({ ...first!, minutes });
    const other = await openLake();
    await process([variant(1), ...others, variant(2)], TRIPS_PLAN, other);
    expect(await clean(other)).toContainEqual(expect.objectContaining({ id: first!.id, minutes: 2 }));
    await other.close();
    await lake.process(TRIPS_PLAN, [tripsCsv([variant(1), ...others, variant(2)]), tripsCsv([variant(3)])]);
    expect(await clean()).toContainEqual(expect.objectContaining({ id: first!.id, minutes: 3 }));
    expect(await clean()).toHaveLength(20);
    const { transformed } = await process([variant(4)]);
    expect(transformed.clean).toMatchObject({ version: 1, rows: 20 });
    expect(await clean()).toContainEqual(expect.objectContaining({ id: first!.id, minutes: 4 }));
  });

  it('moves a row to another day when the key does not contain the time', async () => {
    const plan: PipelinePlan = { ...TRIPS_PLAN, key: ['id'] };
    const trips = makeTrips('2024-01-01', 6, 10);
    await process(trips, plan);
    const moved = { ...trips[0]!, started: '2024-01-20T00:00:00Z' };
    const { transformed } = await process([moved], plan);
    expect(transformed.clean.rows).toBe(60);
    expectFeatures(await features(lake, plan), [moved, ...trips.slice(1)]);
  });

  it('rewrites only the days that a batch touches and those that its windows reach', async () => {
    const plan = withWindows(TRIPS_PLAN.windows.filter(({ days: length }) => length <= 5));
    await process(makeTrips('2024-01-01', 31, 10), plan);
    const before = {
      clean: await lake.tableFiles(plan, 'clean'),
      features: await lake.tableFiles(plan, 'features'),
    };
    const opened: string[] = [];
    const watched = await openLake(watchReads(lake.store, opened));
    await watched.process(plan, [
      tripsCsv(makeTrips('2024-01-10', 1, 5, 99).map((trip) => ({ ...trip, id: trip.id + 5000 }))),
    ]);
    await watched.close();
    const changed = (after: Readonly<Record<string, string>>, old: Readonly<Record<string, string>>) =>
      [...new Set(days(after).filter((_day, index) => !(Object.keys(after)[index]! in old)))].sort();
    expect(changed(await lake.tableFiles(plan, 'clean'), before.clean)).toEqual([
      'year=2024/month=01/day=10',
    ]);
    const touched = changed(await lake.tableFiles(plan, 'features'), before.features);
    expect(touched).toContain('year=2024/month=01/day=11');
    expect(
      touched.every((day) => day! >= 'year=2024/month=01/day=10' && day! <= 'year=2024/month=01/day=15'),
    ).toBe(true);
    const read = [
      ...new Set(opened.filter((key) => key.includes('/clean/year=')).map((key) => /day=\d\d/.exec(key)![0])),
    ];
    expect(read.sort()).toEqual(
      Array.from({ length: 11 }, (_day, index) => `day=${String(index + 5).padStart(2, '0')}`),
    );
  });

  it('makes no new version and uploads nothing for rows that the table has', async () => {
    const trips = makeTrips('2024-01-01', 3, 20);
    const first = await process(trips);
    const again = await process([...trips].reverse());
    const digest = expect.any(String) as string;
    expect(again.transformed).toEqual({ ...first.transformed, digest, replacedInTable: 60 });
  });

  it('does not let later rows change earlier features', async () => {
    const past = makeTrips('2024-01-01', 8, 20);
    const future = makeTrips('2024-01-09', 4, 20, 5).map((trip) => ({ ...trip, id: trip.id + 10_000 }));
    await process([...past, ...future]);
    const shuffled = await openLake();
    const minutes = future.map((trip) => trip.minutes).reverse();
    await process(
      [...past, ...future.map((trip, index) => ({ ...trip, minutes: minutes[index]! }))],
      TRIPS_PLAN,
      shuffled,
    );
    const earlier = (rows: readonly Row[]) => rows.filter((row) => (row['started'] as string) < '2024-01-09');
    expect(earlier(await features(shuffled))).toEqual(earlier(await features()));
    expect(await features(shuffled)).not.toEqual(await features());
    await shuffled.close();
  });

  it('computes all days again when the features change, and only then', async () => {
    const trips = makeTrips('2024-01-01', 6, 20);
    await process(trips);
    const changed = withWindows([{ ...TRIPS_PLAN.windows[0]!, name: 'line_mean_1d', days: 1 }]);
    const { transformed } = await process(trips.slice(0, 1), changed);
    expect(transformed).toMatchObject({
      clean: { version: 0 },
      features: { version: 1, rows: 120, files: 6 },
    });
    const rows = await lake.tableRows(changed, 'features', '_key_id AS id, line_mean_1d');
    expect(rows).toHaveLength(120);
  });

  it('adds a column to a table that lacks it, and refuses to drop one', async () => {
    await process(makeTrips('2024-01-01', 3, 20));
    const wider: PipelinePlan = {
      ...TRIPS_PLAN,
      columns: [...TRIPS_PLAN.columns, { name: 'note', type: 'string' }],
    };
    const csv = tripsCsv(makeTrips('2024-01-03', 1, 5, 9))
      .trim()
      .split('\n');
    const withNote = csv.map((line, index) => `${line},${index === 0 ? 'note' : 'hello'}`).join('\n');
    await lake.process(wider, [withNote]);
    const notes = await lake.tableRows(
      wider,
      'clean',
      'count(*)::INTEGER AS rows, count(note)::INTEGER AS notes',
    );
    expect(notes).toEqual([{ rows: 65, notes: 5 }]);
    const narrower: PipelinePlan = {
      ...TRIPS_PLAN,
      columns: TRIPS_PLAN.columns.filter(({ name }) => name !== 'booked'),
    };
    const without = csv.map((line) => line.slice(0, line.lastIndexOf(','))).join('\n');
    await expect(lake.process(narrower, [without])).rejects.toMatchObject({ code: 'SchemaConflict' });
  });

  it('refuses accepted rows and table files whose bytes were changed', async () => {
    const trips = makeTrips('2024-01-01', 2, 10);
    const batch = await lake.land(TRIPS_PLAN, [tripsCsv(trips)]);
    const validated = await lake.validate(batch);
    const wrong = { ...validated.accepted!, sha256: '0'.repeat(64) };
    await expect(lake.transform(batch, wrong)).rejects.toMatchObject({ code: 'IntegrityError' });
    await lake.transform(batch, validated.accepted!);
    const [path] = Object.keys(await lake.tableFiles(TRIPS_PLAN, 'clean'));
    await lake.store.put(
      { bucket: LAKE, key: `tables/trips/clean/${path!}` },
      { kind: 'bytes', bytes: Buffer.from('x') },
    );
    await expect(
      process([
        { ...trips[0]!, minutes: 1 },
        { ...trips.at(-1)!, minutes: 1 },
      ]),
    ).rejects.toMatchObject({
      code: 'IntegrityError',
    });
    await expect(lake.transform(batch, validated.accepted!)).rejects.toMatchObject({
      code: 'IntegrityError',
    });
  });

  it('returns its own earlier result', async () => {
    const batch = await lake.land(TRIPS_PLAN, [tripsCsv(makeTrips('2024-01-01', 2, 10))]);
    const { accepted } = await lake.validate(batch);
    const first = await lake.transform(batch, accepted!);
    expect(await lake.transform(batch, accepted!)).toEqual({ ...first, reused: true });
  });

  it('finishes what an attempt left that died at any write, with the same tables', async () => {
    const trips = makeTrips('2024-01-30', 3, 15);
    const undisturbed = await process(trips);
    for (let writes = 0, isDone = false; !isDone; writes += 1) {
      const inner = createMemoryObjectStore();
      const setup = await openLake(inner);
      const batch = await setup.land(TRIPS_PLAN, [tripsCsv(trips)]);
      const { accepted } = await setup.validate(batch);
      const dying = await openLake(dieAfter(inner, writes));
      isDone = await dying.transform(batch, accepted!).then(
        () => true,
        () => false,
      );
      const resumed = await setup.transform(batch, accepted!);
      expect({ ...resumed, reused: false }).toEqual(undisturbed.transformed);
      expect(await setup.tableFiles(TRIPS_PLAN, 'features')).toEqual(
        await lake.tableFiles(TRIPS_PLAN, 'features'),
      );
      await dying.close();
      await setup.close();
      // The claim; files and commit of both tables; the result.
      if (isDone) expect(writes).toBe(1 + 3 + 1 + 3 + 1 + 1);
    }
  });

  it('makes features for a batch whose run died between the commits and never came back', async () => {
    const trips = makeTrips('2024-01-01', 8, 15);
    const batch = await lake.land(TRIPS_PLAN, [tripsCsv(trips.slice(0, 60))]);
    const { accepted } = await lake.validate(batch);
    const dying = await openLake(dieOnFeatures(lake.store));
    await expect(dying.transform(batch, accepted!)).rejects.toThrow('died');
    await dying.close();
    await process(trips.slice(60));
    expectFeatures(await features(), trips);
  });

  it('merges concurrent batches without losing one', async () => {
    const trips = makeTrips('2024-01-01', 3, 30);
    const parts = [trips.slice(0, 30), trips.slice(30, 60), trips.slice(60)];
    await Promise.all(parts.map((part) => process(part)));
    expect(await clean()).toHaveLength(90);
    await process(trips.slice(0, 1));
    expectFeatures(await features(), trips);
  });
});

function withWindows(windows: readonly WindowPlan[]): PipelinePlan {
  return { ...TRIPS_PLAN, windows };
}

function sorted(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort((left, right) => Number(left['id']) - Number(right['id']));
}

/** The same features, computed the slow and obvious way. */
function expectFeatures(rows: readonly Row[], trips: readonly Trip[]): void {
  const byId = new Map(trips.map((trip) => [trip.id, trip]));
  expect(rows.map((row) => row['id'])).toEqual([...byId.keys()].sort((left, right) => left - right));
  for (const row of rows) {
    const trip = byId.get(Number(row['id']))!;
    const started = new Date(trip.started);
    expect(row).toMatchObject({
      started: started.toISOString(),
      late: trip.minutes === null ? null : Number(trip.minutes > 30),
      line: trip.line,
      month: started.getUTCMonth() + 1,
      hour: started.getUTCHours(),
      is_express: Number(trip.express),
    });
    for (const [name, expected] of Object.entries(expectedWindows(trip, trips))) {
      const got = row[name] as number | null | undefined;
      if (expected === null) expect([name, got]).toEqual([name, null]);
      else expect(Math.abs(Number(got) - expected)).toBeLessThan(1e-10);
    }
  }
}

function expectedWindows(trip: Trip, trips: readonly Trip[]): Readonly<Record<string, number | null>> {
  const values = (days: number, isSame: (other: Trip) => boolean): readonly number[] =>
    trips
      .filter((other) => isSame(other) && dayOf(other) >= dayOf(trip) - days && dayOf(other) < dayOf(trip))
      .flatMap(({ minutes }) => (minutes === null ? [] : [minutes]));
  const line = (other: Trip): boolean => other.line === trip.line;
  const pair = (other: Trip): boolean => line(other) && other.express === trip.express;
  const sum = (numbers: readonly number[]): number => numbers.reduce((left, right) => left + right, 0);
  const orNull = (numbers: readonly number[], value: number): number | null =>
    numbers.length === 0 ? null : value;
  const mean = values(3, line);
  const pairs = values(5, pair);
  const low = values(40, line);
  return {
    line_mean_3d: orNull(mean, sum(mean) / mean.length),
    line_count_2d: values(2, line).length,
    pair_sum_5d: orNull(pairs, sum(pairs) / 3),
    line_max_3d: orNull(mean, Math.max(...mean)),
    line_min_40d: orNull(low, Math.min(...low)),
  };
}

function dayOf({ started }: Trip): number {
  return Math.floor(Date.parse(started) / (24 * 60 * 60 * 1000));
}

function watchReads(store: ObjectStore, opened: string[]): ObjectStore {
  return {
    ...store,
    open: (location) => {
      opened.push(location.key);
      return store.open(location);
    },
  };
}

/** The process dies at its `writes + 1`-th write. */
function dieAfter(store: ObjectStore, writes: number): ObjectStore {
  let left = writes;
  return {
    ...store,
    createIfAbsent: (location, body) => {
      left -= 1;
      return left < 0 ? Promise.reject(new Error('died')) : store.createIfAbsent(location, body);
    },
  };
}

function dieOnFeatures(store: ObjectStore): ObjectStore {
  return {
    ...store,
    createIfAbsent: (location, body) =>
      location.key.includes('/features/')
        ? Promise.reject(new Error('died'))
        : store.createIfAbsent(location, body),
  };
}
