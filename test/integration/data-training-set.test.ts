import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import type { QuerySession } from '../../src/ports/query-engine';
import { downloadTableFiles, requireSnapshot } from '../../src/lake/table-files';
import { lookupsDocument } from '../../src/sql/lookups';
import { trainingSetSql } from '../../src/sql/training-set';
import { LAKE, openLake, type Lake } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripsCsv, type Trip } from './data-trips';

describe('what training reads from the feature table', () => {
  let lake: Lake;
  let session: QuerySession;
  let directory: string;
  const trips = makeTrips('2024-01-01', 12, 30);
  const glob = (): string => join(directory, 'features', '**', '*.parquet');

  beforeAll(async () => {
    lake = await openLake();
    await lake.process(TRIPS_PLAN, [tripsCsv(trips)]);
    directory = await mkdtemp(join(lake.scratch, 'training-'));
    const snapshot = await requireSnapshot(lake.store, LAKE, 'trips', 'features');
    const table = { bucket: LAKE, tableRoot: 'tables/trips/features' };
    await downloadTableFiles(lake.store, table, snapshot.files, join(directory, 'features'));
    session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 256, threads: 2 });
  });
  afterAll(async () => {
    await session.close();
    await lake.close();
  });

  it('splits labelled rows by day, features under their own names, the label last', async () => {
    const [trainPath, holdoutPath] = [join(directory, 'train.parquet'), join(directory, 'holdout.parquet')];
    const holdoutFrom = '2024-01-09';
    await session.execute(
      trainingSetSql(TRIPS_PLAN, { filesGlob: glob(), holdoutFrom, trainPath, holdoutPath }),
    );
    const labelled = trips.filter(({ minutes }) => minutes !== null);
    const count = async (path: string) =>
      (await session.rows(`SELECT count(*) AS rows FROM '${path}'`))[0]!['rows'];
    expect(await count(trainPath)).toBe(labelled.filter(({ started }) => started < holdoutFrom).length);
    expect(await count(holdoutPath)).toBe(labelled.filter(({ started }) => started >= holdoutFrom).length);
    const columns = await session.rows(
      `SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM '${trainPath}')`,
    );
    expect(columns).toEqual([
      { name: 'line', type: 'VARCHAR' },
      ...['month', 'hour', 'is_express', ...TRIPS_PLAN.windows.map(({ name }) => name), 'late'].map(
        (name) => ({
          name,
          type: 'DOUBLE',
        }),
      ),
    ]);
  });

  it('holds the value that each window has on the day after the newest', async () => {
    const document = await lookupsDocument(session, TRIPS_PLAN, glob());
    const values = (days: number, isSame: (trip: Trip) => boolean): readonly number[] =>
      trips
        .filter((trip) => isSame(trip) && trip.started >= `2024-01-${String(13 - days).padStart(2, '0')}`)
        .flatMap(({ minutes }) => (minutes === null ? [] : [minutes]));
    const sum = (numbers: readonly number[]): number => numbers.reduce((left, right) => left + right, 0);
    const valueOf = (name: string, key: string): number | null | undefined =>
      document.windows.find((window) => window.name === name)?.values[key];
    const line = (trip: Trip): boolean => trip.line === 'C, D';
    expect(valueOf('line_mean_3d', '["C, D"]')).toBeCloseTo(sum(values(3, line)) / values(3, line).length, 5);
    expect(valueOf('line_count_2d', '["C, D"]')).toBe(values(2, line).length);
    const pair = (trip: Trip): boolean => trip.line === 'A' && trip.express;
    expect(valueOf('pair_sum_5d', '["A","true"]')).toBeCloseTo(sum(values(5, pair)) / 3, 3);
    expect(document.windows.map(({ name, over }) => ({ name, over }))).toEqual(
      TRIPS_PLAN.windows.map(({ name, over }) => ({ name, over })),
    );
  });

  it('agrees with the features that the next day then gets', async () => {
    const document = await lookupsDocument(await freshSession(), TRIPS_PLAN, glob());
    const next: Trip = { id: 9999, line: 'B', started: '2024-01-13T08:00:00Z', minutes: 5, express: false };
    const other = await openLake();
    await other.process(TRIPS_PLAN, [tripsCsv([...trips, next])]);
    const names = TRIPS_PLAN.windows.map(({ name }) => name);
    const rows = await other.tableRows(TRIPS_PLAN, 'features', `"_key_id" AS id, ${names.join(', ')}`);
    const row = rows.find(({ id }) => id === 9999)!;
    for (const { name, over, values } of document.windows) {
      expect([name, values[over.length === 1 ? '["B"]' : '["B","false"]']]).toEqual([name, row[name]]);
    }
    await other.close();
  });

  const freshSession = async (): Promise<QuerySession> => {
    await session.close();
    session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 256, threads: 2 });
    return session;
  };
});
