import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import type { BatchManifest } from '../../src/domain/artifact';
import { parseS3Uri } from '../../src/domain/s3-uri';
import { readDocument } from '../../src/lake/documents';
import { openLake } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripsCsv } from './data-trips';

describe('what the validate stage knows of a row besides its cells', () => {
  const trips = makeTrips('2024-01-01', 3, 20);
  const header = 'id,line,started,minutes,day,express,booked';

  it('quarantines event times later than two days after the upload, whatever the clock says', async () => {
    const uploadedMs = Date.parse('2024-03-01T12:00:00.500Z');
    const past = await openLake(createMemoryObjectStore({ nowMs: () => uploadedMs }));
    const line = (id: number, started: string): string => `${id},A,${started},1,1,true,01.01.2024`;
    const text = [
      header,
      line(1, '2024-03-03T12:00:00.5Z'),
      line(2, '2024-03-03T12:00:00.500001Z'),
      line(3, '9999-12-31T00:00:00Z'),
      line(4, '1970-01-01T00:00:00Z'),
    ];
    const result = await past.validate(
      await past.land(TRIPS_PLAN, [tripsCsv(trips), `${text.join('\n')}\n`]),
    );
    expect(await past.parquetRows(result.accepted!, 'id, "$line"')).toEqual(
      expect.arrayContaining([
        { id: 1, $line: 2 },
        { id: 4, $line: 5 },
      ]),
    );
    const rejected = await past.parquetRows(result.quarantine!, 'line, reasons');
    expect(rejected.map(({ line: number }) => number)).toEqual([3, 4]);
    expect(JSON.parse(rejected[1]!['reasons'] as string)).toEqual([
      {
        rule: 'future(started)',
        column: 'started',
        value: '9999-12-31T00:00:00Z',
        message:
          'event time 9999-12-31T00:00:00Z is more than 2 days after 2024-03-01T12:00:00Z, when its file was uploaded',
      },
    ]);
    await past.close();
  });

  it('measures each file of a batch by its own upload', async () => {
    let nowMs = Date.parse('2024-03-01T00:00:00Z');
    const past = await openLake(createMemoryObjectStore({ nowMs: () => (nowMs += 7 * 24 * 3_600_000) }));
    const file = (id: number): string => `${header}\n${id},A,2024-03-30T00:00:00Z,1,1,true,01.01.2024\n`;
    const plan = { ...TRIPS_PLAN, quarantine: { maxPercent: 100 } };
    const batch = await past.land(plan, [file(1), file(2), file(3)]);
    const result = await past.validate(batch);
    const { value } = await readDocument<BatchManifest>(past.store, parseS3Uri(batch.manifest.uri));
    const late = value.objects.filter(({ lastModified }) => lastModified < '2024-03-28');
    expect(late.length).toBeGreaterThan(0);
    expect(late.length).toBeLessThan(3);
    expect(result.quarantinedRows).toBe(late.length);
    await past.close();
  });

  it('takes a column called _object or _line for what it is: a column', async () => {
    const plan = {
      ...TRIPS_PLAN,
      columns: [
        { name: '_object', type: 'integer' },
        { name: '_line', type: 'integer' },
        { name: 'started', type: 'timestamp' },
      ] as const,
      key: ['_object'],
      expectations: [],
    };
    const csv = '_object,_line,started\n9,2,2024-01-01T00:00:00Z\n9,1,2024-01-02T00:00:00Z\n';
    const lake = await openLake();
    const result = await lake.validate(await lake.land(plan, [csv]));
    expect(await lake.parquetRows(result.accepted!, '_object, _line, "$line"')).toEqual([
      { _object: 9, _line: 2, $line: 2 },
      { _object: 9, _line: 1, $line: 3 },
    ]);
    await lake.close();
  });
});
