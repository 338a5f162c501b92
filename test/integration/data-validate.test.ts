import { readDocument } from '../../src/lake/documents';
import { parseS3Uri } from '../../src/domain/s3-uri';
import type { QualityReport } from '../../src/domain/quality-report';
import type { ValidateResult } from '../../src/domain/stage';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import type { BatchManifest } from '../../src/domain/artifact';
import { LAKE, openLake, type Lake, type LandedBatch } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripLine, tripsCsv } from './data-trips';

describe('the validate stage over DuckDB', () => {
  let lake: Lake;
  beforeEach(async () => {
    lake = await openLake();
  });
  afterEach(() => lake.close());

  const report = async (result: ValidateResult): Promise<QualityReport> =>
    (await readDocument<QualityReport>(lake.store, parseS3Uri(result.report.uri))).value;
  const validate = async (...files: (string | Uint8Array)[]): Promise<ValidateResult> =>
    lake.validate(await lake.land(TRIPS_PLAN, files));
  const trips = makeTrips('2024-01-01', 3, 20);
  const good = trips.map(tripLine);
  const header = 'id,line,started,minutes,day,express,booked';

  it('accepts a clean file and keeps every value typed', async () => {
    const result = await validate(tripsCsv(trips));
    expect(result).toMatchObject({ verdict: 'accepted', rows: 60, acceptedRows: 60, quarantinedRows: 0 });
    expect(result.quarantine).toBeUndefined();
    const rows = await lake.parquetRows(result.accepted!);
    expect(rows).toHaveLength(60);
    expect(rows[0]).toEqual({
      id: 1,
      line: trips[0]!.line,
      started: new Date(trips[0]!.started).toISOString(),
      minutes: trips[0]!.minutes,
      day: Number(trips[0]!.started.slice(8, 10)),
      express: trips[0]!.express,
      booked: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as unknown,
      $object: 0,
      $line: 2,
    });
  });

  it('sets integers aside that features would round, and keeps them in keys', async () => {
    const plan = { ...TRIPS_PLAN, features: [{ name: 'day', kind: 'numeric', sql: 'day' }] } as const;
    const line = (id: string, day: string): string => `${id},A,2024-01-01T00:00:00Z,1,${day},true,01.01.2024`;
    const most = '9007199254740992';
    const file = [
      header,
      line('9007199254740993', most),
      line('2', `-${most}`),
      line('3', 'NA'),
      line('4', '9007199254740993'),
    ].join('\n');
    const result = await lake.validate(await lake.land(plan, [file]));
    expect(result).toMatchObject({ acceptedRows: 3, quarantinedRows: 1 });
    const [row] = await lake.parquetRows(result.quarantine!);
    expect(row).toMatchObject({ line: 5 });
    expect(JSON.parse(row!['reasons'] as string)).toEqual([
      {
        rule: 'exact(day)',
        column: 'day',
        value: '9007199254740993',
        message: 'an integer beyond 2^53: a feature, label or window would round it',
      },
    ]);
  });

  const badLines: readonly (readonly [string, string, readonly string[]])[] = [
    ['too few cells', '1,A,2024-01-01T00:00:00Z', ['structure']],
    ['too many cells', '1,A,2024-01-01T00:00:00Z,1,1,true,01.01.2024,x', ['structure']],
    ['text after a quote', '1,"A"x,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['structure']],
    ['a stray quote', '1,A"x,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['structure']],
    ['an open quote', '1,"A,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['structure']],
    ['a NUL byte', '1,A\0,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['structure']],
    ['a decimal for an integer', '1.5,A,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['type(id)']],
    ['hex for an integer', '0x10,A,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['type(id)']],
    ['an exponent for an integer', '1e3,A,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['type(id)']],
    ['a blank around an integer', ' 1,A,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['type(id)']],
    ['a too large integer', '9223372036854775808,A,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['type(id)']],
    ['NaN for a number', '1,A,2024-01-01T00:00:00Z,nan,1,true,01.01.2024', ['type(minutes)']],
    ['a too large number', '1,A,2024-01-01T00:00:00Z,1e400,1,true,01.01.2024', ['type(minutes)']],
    ['a word for a boolean', '1,A,2024-01-01T00:00:00Z,1,1,yes,01.01.2024', ['type(express)']],
    ['a day that does not exist', '1,A,2024-01-01T00:00:00Z,1,1,true,30.02.2024', ['type(booked)']],
    ['another date format', '1,A,2024-01-01T00:00:00Z,1,1,true,2024-01-01', ['type(booked)']],
    ['the year 0', '1,A,0000-12-31T00:00:00Z,1,1,true,01.01.2024', ['type(started)']],
    ['the year 0 in UTC', '1,A,0001-01-01T00:00:00+01:00,1,1,true,01.01.2024', ['type(started)']],
    ['the year 10000 in UTC', '1,A,9999-12-31T23:30:00-01:00,1,1,true,01.01.2024', ['type(started)']],
    ['infinity for a day', '1,A,2024-01-01T00:00:00Z,1,1,true,infinity', ['type(booked)']],
    ['epoch for a day', '1,A,2024-01-01T00:00:00Z,1,1,true,epoch', ['type(booked)']],
    ['the year 0 in a format', '1,A,2024-01-01T00:00:00Z,1,1,true,01.01.0000', ['type(booked)']],
    ['a time without seconds', '1,A,2024-01-01T10:00,1,1,true,01.01.2024', ['type(started)']],
    ['no event time', '1,A,NA,1,1,true,01.01.2024', ['required(started)']],
    ['no key', ',A,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['required(id)']],
    ['no line', '1,NA,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['not_null(line)']],
    ['too many minutes', '1,A,2024-01-01T00:00:00Z,1000.5,1,true,01.01.2024', ['between(minutes)']],
    ['another line', '1,Z,2024-01-01T00:00:00Z,1,1,true,01.01.2024', ['in_set(line)']],
    [
      'everything wrong at once',
      'x,z,NA,-1,?,maybe,never',
      [
        'between(minutes)',
        'in_set(line)',
        'required(started)',
        'type(booked)',
        'type(day)',
        'type(express)',
        'type(id)',
      ],
    ],
  ];

  const plenty = makeTrips('2024-01-01', 3, 30).map(tripLine);

  it('quarantines every bad row with all of its reasons, its line and its text, and nothing else', async () => {
    // A bad line after every second good one, so that a fault that swallows its neighbours is noticed.
    const lines = [
      header,
      ...badLines.flatMap(([, line], index) => [plenty[2 * index]!, plenty[2 * index + 1]!, line]),
    ];
    const result = await validate(`${lines.join('\n')}\n`);
    expect(result).toMatchObject({
      verdict: 'accepted',
      rows: badLines.length * 3,
      acceptedRows: badLines.length * 2,
      quarantinedRows: badLines.length,
    });
    const rejected = await lake.parquetRows(result.quarantine!);
    const found = rejected.map((row) => ({
      line: row['line'],
      raw: row['raw'],
      rules: (JSON.parse(row['reasons'] as string) as { rule: string }[]).map(({ rule }) => rule).sort(),
    }));
    expect(found).toEqual(
      badLines.map(([, raw, rules], index) => ({
        line: index * 3 + 4,
        raw: raw.replace('\0', '\uFFFD'),
        rules: [...rules],
      })),
    );
    const accepted = await lake.parquetRows(result.accepted!, 'id, "$line"');
    expect(accepted.map((row) => row['$line'])).toEqual(
      lines.map((_line, index) => index + 1).filter((line) => line > 1 && (line - 1) % 3 !== 0),
    );
  });

  it('says in a reason which value broke which rule, and which object version it came from', async () => {
    const result = await validate(
      `${header}\n${good[0]!}\n7,A,2024-01-01T00:00:00Z,2000,1,true,01.01.2024\n`,
    );
    const [row] = await lake.parquetRows(result.quarantine!);
    expect(row).toMatchObject({
      source_uri: expect.stringContaining('s3://lake/raw/trips/') as unknown,
      line: 3,
      header,
      run: expect.stringMatching(/^run\/trips\/[0-9a-f]{16}$/) as unknown,
      batch: row!['first_batch'],
    });
    expect(row!['version_id']).toEqual(expect.any(String));
    expect(JSON.parse(row!['reasons'] as string)).toEqual([
      { rule: 'between(minutes)', column: 'minutes', value: '2000', message: 'not between 0 and 1000' },
    ]);
  });

  it('reads mixed line ends, blank lines, quoted line breaks, a byte order mark and a last line without an end', async () => {
    const quotedBreak = '900,"A\nB",2024-01-01T00:00:00Z,1,1,true,01.01.2024';
    const text = `\uFEFF${header}\r\n${good[0]!}\n\n${good[1]!}\r\n${quotedBreak}\n\n\n${good[2]!}`;
    const result = await validate(text);
    expect(result).toMatchObject({ rows: 4, acceptedRows: 3, quarantinedRows: 1 });
    const [row] = await lake.parquetRows(result.quarantine!);
    expect(row).toMatchObject({ line: 5, raw: quotedBreak });
    expect(await lake.parquetRows(result.accepted!, 'id, "$line"')).toEqual([
      { id: 1, $line: 2 },
      { id: 2, $line: 4 },
      { id: 3, $line: 9 },
    ]);
  });

  it('takes columns in any order, per file', async () => {
    const shuffled =
      'booked,express,day,minutes,started,line,id\n01.01.2024,t,1,5,2024-01-02T00:00:00+02:00,"C, D",77\n';
    const bad = '"a,b",t,1,5,2024-01-01T00:00:00Z,A,78\n';
    const result = await validate(tripsCsv(trips.slice(0, 2)), shuffled + bad);
    expect(await lake.parquetRows(result.accepted!, 'id, line, started, "$object", "$line"')).toContainEqual({
      id: 77,
      line: 'C, D',
      started: '2024-01-01T22:00:00.000Z',
      $object: 1,
      $line: 2,
    });
    expect(await lake.parquetRows(result.quarantine!, 'raw')).toEqual([{ raw: bad.trim() }]);
  });

  it.each([
    ['a missing column', 'id,line,started,minutes,day,express\n1\n', ['missing booked']],
    [
      'a misspelt column',
      'id,line,started,minuts,day,express,booked\n1\n',
      ['missing minutes; unexpected minuts (did you mean minutes?)'],
    ],
    ['a doubled column', `${header},day\n1\n`, ['there twice day']],
    ['no bytes', '', ['the file is empty']],
    ['a Parquet file', Buffer.from([0x50, 0x41, 0x52, 0x31, 0, 1, 2]), ['the file is Parquet']],
    [
      'binary content',
      Buffer.from([1, 0, 2, 0]),
      ['the file contains NUL bytes (binary, or another encoding?)'],
    ],
    [
      'a quote that is opened and never closed, and swallows the file',
      `${header}\n1,"${'text\n'.repeat(20_000)}`,
      ['10000 records in a row, from line 2 on, are no CSV of this form'],
    ],
    [
      'a header in another encoding',
      Buffer.from('id,l\xefne\n', 'latin1'),
      ['the header line is not UTF-8 text'],
    ],
  ])('rejects the whole batch for %s, as a verdict, and keeps what it saw', async (_what, file, reasons) => {
    const result = await validate(tripsCsv(trips), file);
    expect(result).toMatchObject({ verdict: 'rejected', acceptedRows: 0 });
    for (const [index, reason] of reasons.entries()) expect(result.reasons[index]).toContain(reason);
    expect(result.accepted).toBeUndefined();
    const faults = reasons[0]!.includes('in a row') ? 10_000 : 0;
    expect([result.rows, result.quarantinedRows]).toEqual([faults, faults]);
    const [kept] = await lake.parquetRows(
      result.quarantine!,
      'count(*) AS entries, max(reasons) FILTER (line = 0 AND raw IS NULL) AS reasons',
    );
    expect(kept!['entries']).toBe(faults + 1);
    const found = JSON.parse(kept!['reasons'] as string) as { rule: string; message: string }[];
    expect(found.map(({ rule }) => rule)).toEqual(reasons.map(() => 'file'));
    for (const reason of reasons) expect(found.some(({ message }) => message.includes(reason))).toBe(true);
  });

  it('quarantines a row that is not UTF-8 and keeps its neighbours', async () => {
    const bad = Buffer.from('1,\xff,2024-01-01T00:00:00Z,1,1,true,01.01.2024\n', 'latin1');
    const result = await validate(
      Buffer.concat([Buffer.from(`${header}\n${good[0]!}\n`), bad, Buffer.from(good[1]!)]),
    );
    expect(result).toMatchObject({ rows: 3, acceptedRows: 2, quarantinedRows: 1 });
  });

  it('rejects a batch with more bad rows than allowed, but keeps quarantine and report', async () => {
    const bad = Array.from({ length: 4 }, (_unused, index) => `x${index}`);
    const result = await validate(`${[header, ...good.slice(0, 3), ...bad].join('\n')}\n`);
    expect(result).toMatchObject({ verdict: 'rejected', rows: 7, acceptedRows: 0, quarantinedRows: 4 });
    expect(result.reasons).toEqual(['4 of 7 rows are bad (57.1429 %, allowed: 50 %)']);
    expect(result.accepted).toBeUndefined();
    expect(await lake.parquetRows(result.quarantine!)).toHaveLength(4);
  });

  it('rejects a batch for one violation of a blocking expectation', async () => {
    const plan = {
      ...TRIPS_PLAN,
      expectations: [
        { name: 'between(minutes)', kind: 'between', column: 'minutes', max: 100, onFail: 'block' } as const,
      ],
    };
    const file = `${[header, ...good, '7,A,2024-01-01T00:00:00Z,101,1,true,01.01.2024'].join('\n')}\n`;
    const result = await lake.validate(await lake.land(plan, [file]));
    expect(result.reasons).toEqual(['between(minutes) is not met by 1 of 61 rows']);
  });

  it('rejects an empty delivery where the row count says so', async () => {
    expect(await validate(`${header}\n`)).toMatchObject({
      verdict: 'rejected',
      rows: 0,
      reasons: ['row_count (at least 1, got 0) is not met'],
    });
  });

  it('keeps only the newest of repeated rows where uniqueness is expected', async () => {
    const plan = {
      ...TRIPS_PLAN,
      quarantine: { maxPercent: 100 },
      expectations: [{ name: 'unique(id)', kind: 'unique', columns: ['id'], onFail: 'quarantine' } as const],
    };
    const row = (id: number, minutes: string): string =>
      `${id},A,2024-01-01T00:00:00Z,${minutes},1,true,01.01.2024`;
    const first = `${[header, row(1, '10'), row(1, '20'), row(2, '5')].join('\n')}\n`;
    // The newest row of id 2 is bad itself, so it must not push out the good one.
    const second = `${[header, row(1, '30'), row(2, 'bad')].join('\n')}\n`;
    const result = await lake.validate(await lake.land(plan, [first, second]));
    expect(await lake.parquetRows(result.accepted!, 'id, minutes')).toEqual([
      { id: 2, minutes: 5 },
      { id: 1, minutes: 30 },
    ]);
    expect(result.quarantinedRows).toBe(3);
  });

  it('counts warnings without rejecting anything, and reports the first places', async () => {
    const plan = {
      ...TRIPS_PLAN,
      expectations: [
        { name: 'matches(line)', kind: 'matches', column: 'line', pattern: '^A$', onFail: 'warn' } as const,
      ],
    };
    const result = await lake.validate(await lake.land(plan, [tripsCsv(trips)]));
    const others = trips.filter(({ line }) => line !== 'A').length;
    expect(result).toMatchObject({ verdict: 'accepted', quarantinedRows: 0 });
    const { expectations, columns, rows } = await report(result);
    expect(rows).toBe(60);
    expect(expectations.at(-1)).toEqual({
      name: 'matches(line)',
      kind: 'matches',
      about: 'rows',
      columns: ['line'],
      expected: 'text that matches ^A$',
      onFail: 'warn',
      success: false,
      observedValue: others,
      requirement: { operator: 'mustBe', value: [0], unit: 'rows' },
      unexpectedCount: others,
      unexpectedPercent: Math.round((others / 60) * 1e6) / 1e4,
      elementCount: 60,
      sample: trips
        .map(({ line }, index) => ({ object: 0, line: index + 2, value: line }))
        .filter(({ value }) => value !== 'A')
        .slice(0, 20),
      query: expect.stringContaining('regexp_matches') as unknown,
    });
    const nulls = trips.filter(({ minutes }) => minutes === null).length;
    expect(columns).toContainEqual({ column: 'minutes', nulls });
  });

  it('gives equal bytes for equal input, in another lake and with another number of threads', async () => {
    const file = tripsCsv(makeTrips('2024-01-01', 30, 500));
    const results: ValidateResult[] = [];
    for (const threads of [1, 4]) {
      const other = await openLake(undefined, { engineOptions: { memoryLimitMegabytes: 512, threads } });
      results.push(await other.validate(await other.land(TRIPS_PLAN, [file, `${header}\nbad\n`])));
      await other.close();
    }
    const hashes = results.map(({ accepted, quarantine }) => [accepted!.sha256, quarantine!.bytes]);
    expect(hashes[0]).toEqual(hashes[1]);
  });

  it('returns its own earlier result, and refuses it when an artifact was changed', async () => {
    const batch = await lake.land(TRIPS_PLAN, [tripsCsv(trips)]);
    const first = await lake.validate(batch);
    expect(await lake.validate(batch)).toEqual({ ...first, reused: true });
    await lake.store.put(parseS3Uri(first.accepted!.uri), { kind: 'bytes', bytes: Buffer.from('other') });
    await expect(lake.validate(batch)).rejects.toMatchObject({ code: 'IntegrityError' });
  });

  it('keeps both quarantines when the same batch is judged again by another contract', async () => {
    const file = `${[header, ...good, 'bad'].join('\n')}\n`;
    const first = await lake.validate(await lake.land(TRIPS_PLAN, [file]));
    const stricter = {
      ...TRIPS_PLAN,
      expectations: [
        {
          name: 'in_set(line)',
          kind: 'in_set',
          column: 'line',
          values: ['A'],
          onFail: 'quarantine',
        } as const,
      ],
      quarantine: { maxPercent: 100 },
    };
    const second = await lake.validate(await lake.land(stricter, [file]));
    expect(second.quarantine!.uri).not.toBe(first.quarantine!.uri);
    expect(await lake.parquetRows(first.quarantine!)).toHaveLength(1);
    expect(await lake.parquetRows(second.quarantine!)).toHaveLength(second.quarantinedRows);
  });

  it('reads the object version of the manifest, whatever was put under its key since', async () => {
    const batch = await lake.land(TRIPS_PLAN, [tripsCsv(trips)]);
    await overwrite(lake, batch);
    expect(await lake.validate(batch)).toMatchObject({ verdict: 'accepted', rows: 60 });
  });

  it('refuses an object that no longer has the bytes of the manifest', async () => {
    const plain = await openLake(createMemoryObjectStore({ buckets: [], plainBuckets: [LAKE] }));
    const batch = await plain.land(TRIPS_PLAN, [tripsCsv(trips)]);
    await overwrite(plain, batch);
    await expect(plain.validate(batch)).rejects.toMatchObject({ code: 'IntegrityError' });
    await plain.close();
  });

  it('removes its scratch directory when it is cancelled, and starts no engine work', async () => {
    const stopped = await openLake(undefined, { signal: () => AbortSignal.abort(new Error('cancelled')) });
    await expect(stopped.validate(await stopped.land(TRIPS_PLAN, [tripsCsv(trips)]))).rejects.toThrow(
      'cancelled',
    );
    await stopped.close();
  });
});

async function overwrite(lake: Lake, { manifest }: LandedBatch): Promise<void> {
  const { value } = await readDocument<BatchManifest>(lake.store, parseS3Uri(manifest.uri));
  const { bucket, key } = value.objects[0]!;
  await lake.store.put({ bucket, key }, { kind: 'bytes', bytes: Buffer.from('changed') });
}
