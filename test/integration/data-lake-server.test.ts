import { startLakeServer, type LakeServer } from '../support/lake-server';
import { LAKE, openLake } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripsCsv } from './data-trips';

describe('the data stages against a real object store', () => {
  let server: LakeServer;
  beforeAll(async () => {
    server = await startLakeServer([LAKE]);
  });
  afterAll(() => server.server.stop());

  it('publish the same tables as in memory, batch after batch, and find them again on a retry', async () => {
    const trips = makeTrips('2024-02-27', 6, 40);
    const batches = [trips.slice(0, 100), trips.slice(60, 240)].map(tripsCsv);
    const memory = await openLake();
    const real = await openLake(server.store);
    for (const csv of batches) {
      const expected = await memory.process(TRIPS_PLAN, [
        csv,
        'id,line,started,minutes,day,express,booked\nbad\n',
      ]);
      const batch = await real.land(TRIPS_PLAN, [csv, 'id,line,started,minutes,day,express,booked\nbad\n']);
      const validated = await real.validate(batch);
      expect(validated.accepted!.sha256).toBe(expected.validated.accepted!.sha256);
      expect(await real.parquetRows(validated.quarantine!, 'line, raw')).toEqual([{ line: 2, raw: 'bad' }]);
      const transformed = await real.transform(batch, validated.accepted!);
      expect(transformed).toEqual(expected.transformed);
      expect(await real.validate(batch)).toEqual({ ...validated, reused: true });
      expect(await real.transform(batch, validated.accepted!)).toEqual({ ...transformed, reused: true });
    }
    for (const table of ['clean', 'features'] as const) {
      expect(await real.tableFiles(TRIPS_PLAN, table)).toEqual(await memory.tableFiles(TRIPS_PLAN, table));
    }
    await memory.close();
    await real.close();
  });
});
