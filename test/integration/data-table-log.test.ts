import { mkdir, mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashingDownload } from '../../src/lake/streams';
import { runPython } from '../support/run-python';
import { LAKE, openLake, type Lake } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripsCsv, type Trip } from './data-trips';

const FIND_BY_TIME = `
import json, sys
from datetime import datetime
from deltalake import DeltaTable
import pyarrow.dataset as ds

table = DeltaTable(sys.argv[1]).to_pyarrow_dataset()
times = [datetime.fromisoformat(text.replace("Z", "+00:00")) for text in sys.argv[2:]]
ids = lambda condition: table.to_table(filter=condition).column("id").to_pylist()
print(json.dumps({
    "byTime": [ids(ds.field("started") == time) for time in times],
    "byAnother": sorted(ids(ds.field("line").isin(["A", "B", "C, D"]) & (ds.field("booked") < datetime(2500, 1, 1).date()))),
    "byId": [ids(ds.field("id") == id) for id in range(1, len(times) + 1)],
}))
`;

describe('what a transform says about the rows that it wrote', () => {
  let lake: Lake;
  beforeEach(async () => {
    lake = await openLake();
  });
  afterEach(() => lake.close());

  const process = (trips: readonly Trip[]) => lake.process(TRIPS_PLAN, [tripsCsv(trips)]);

  it('hides no row from a Python reader that skips files by what the log says', async () => {
    const starts = [
      '0001-01-03T00:00:00.000001Z',
      '1960-05-05T23:59:59.999999Z',
      '2024-01-01T12:00:00.123456Z',
    ];
    const trips = makeTrips('2024-01-01', 1, 3).map((trip, index) => ({ ...trip, started: starts[index]! }));
    await process(trips);
    const folder = await mkdtemp(join(lake.scratch, 'table-'));
    for await (const { key } of lake.store.list(LAKE, 'tables/trips/clean/')) {
      const target = join(folder, key.slice('tables/trips/clean/'.length));
      await mkdir(dirname(target), { recursive: true });
      await hashingDownload(lake.store, { bucket: LAKE, key }, target);
    }
    const stdout = await runPython(FIND_BY_TIME, [folder, ...starts]);
    const each = [[1], [2], [3]];
    expect(JSON.parse(stdout)).toEqual({ byTime: each, byId: each, byAnother: [1, 2, 3] });
  });

  it('counts the rows that others of the same key replaced, in the batch and in the table', async () => {
    const trips = makeTrips('2024-01-01', 3, 10);
    const later = trips.slice(0, 4).map((trip) => ({ ...trip, minutes: 7 }));
    const first = await process([...trips, ...later]);
    expect(first.transformed).toMatchObject({ replacedInBatch: 4, replacedInTable: 0 });
    const other = makeTrips('2024-01-02', 1, 5, 8).map((trip) => ({ ...trip, id: trip.id + 100 }));
    const second = await process([...trips.slice(8, 15), ...other, other[0]!].reverse());
    expect(second.transformed).toMatchObject({
      clean: { version: 1, rows: 35 },
      replacedInBatch: 1,
      replacedInTable: 7,
    });
    const again = await process(trips.slice(20, 23));
    expect(again.transformed).toMatchObject({
      clean: { version: 1 },
      replacedInBatch: 0,
      replacedInTable: 3,
    });
  });
});
