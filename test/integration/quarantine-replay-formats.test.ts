// Rejected rows come back from files of every format: their lines are found again, and their text is shown.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { streams, type Schema } from 'avsc';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import type { PipelinePlan, SourceFormat } from '../../src/domain/plan';
import { TRIPS_PLAN } from './data-trips';
import { openReplayScene, withLineD, type ReplayScene } from './replay-scene';

interface Trip {
  readonly id: number;
  readonly line: string;
}

const STARTED = '2024-01-01T00:00:00Z';
const trips = (...lines: readonly string[]): readonly Trip[] =>
  lines.map((line, index) => ({ id: index + 1, line }));
const others = { minutes: 5, day: 1, express: true, booked: '01.01.2024' };

const ndjson = (rows: readonly Trip[]): string =>
  rows.map((row) => `${JSON.stringify({ ...row, started: STARTED, ...others })}\n`).join('');

const AVRO_SCHEMA = {
  type: 'record',
  name: 'trip',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'line', type: 'string' },
    { name: 'started', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'minutes', type: 'double' },
    { name: 'day', type: 'int' },
    { name: 'express', type: 'boolean' },
    { name: 'booked', type: 'string' },
  ],
} satisfies Schema;

/** Two records a block: what comes back lies in several. */
const avro = (rows: readonly Trip[]): Promise<Buffer> => {
  const values = rows.map((row) => ({ ...row, ...others, started: Date.parse(STARTED) }));
  const encoder = new streams.BlockEncoder(AVRO_SCHEMA, { blockSize: 40, codec: 'deflate' });
  return buffer(Readable.from(values).pipe(encoder));
};

async function parquet(rows: readonly Trip[]): Promise<Buffer> {
  const directory = scene.lake.scratch;
  const path = join(directory, 'made.parquet');
  const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 64, threads: 1 });
  try {
    const values = rows.map(({ id, line }) => `(${id}::BIGINT, '${line}')`).join(', ');
    await session.execute(
      `COPY (SELECT id, line, TIMESTAMP '2024-01-01' AS started, 5::DOUBLE AS minutes, 1 AS day, true AS express,
       DATE '2024-01-01' AS booked FROM (VALUES ${values}) AS made(id, line)) TO '${path}' (FORMAT parquet)`,
    );
    return await readFile(path);
  } finally {
    await session.close();
  }
}

let scene: ReplayScene;
beforeEach(async () => {
  scene = await openReplayScene();
});
afterEach(() => scene.lake.close());

const FORMATS: readonly (readonly [
  SourceFormat,
  (rows: readonly Trip[]) => string | Buffer | Promise<Buffer>,
])[] = [
  ['ndjson', ndjson],
  ['avro', avro],
  ['parquet', parquet],
];

describe.each(FORMATS)('%s', (format, pack) => {
  const plan: PipelinePlan = { ...TRIPS_PLAN, source: { ...TRIPS_PLAN.source, format } };
  const fixed = withLineD(plan);
  const file = async (...rows: readonly Trip[]): Promise<Record<string, string | Uint8Array>> => ({
    [`a.${format}`]: await pack(rows),
  });

  test('after a fix of the contract the rows that pass come in once, the others stand open with their origin', async () => {
    const first = await scene.deliver(plan, await file(...trips('A', 'D', 'A', 'B', 'A', 'E')));
    expect(first.result).toMatchObject({ verdict: 'accepted', acceptedRows: 4, quarantinedRows: 2 });
    const record = await scene.claim();
    const again = await scene.replay(fixed, record);
    expect(again.result).toMatchObject({
      verdict: 'accepted',
      rows: 2,
      acceptedRows: 1,
      quarantinedRows: 1,
    });
    await scene.replay(fixed, record);
    expect(await scene.table()).toMatchObject([
      { id: 1, line: 'A' },
      { id: 2, line: 'D' },
      { id: 3, line: 'A' },
      { id: 4, line: 'B' },
      { id: 5, line: 'A' },
    ]);
    expect(await scene.standings()).toEqual({
      [first.batch]: { accepted: 1, returned: 1 },
      [again.batch]: { open: 1 },
    });
    const open = (await scene.rows()).find(({ standing }) => standing === 'open');
    expect(open).toMatchObject({
      firstBatch: first.batch,
      line: 6,
      sourceUri: `s3://lake/raw/trips/a.${format}`,
    });
    expect(JSON.parse(open?.raw ?? 'null')).toMatchObject({ id: 6, line: 'E', minutes: 5 });
  });

  test('a batch that was rejected whole comes back whole', async () => {
    const first = await scene.deliver(plan, await file(...trips('A', 'D', 'D', 'E')));
    expect(first.result.verdict).toBe('rejected');
    const again = await scene.replay(fixed, await scene.claim());
    expect(again.result).toMatchObject({ verdict: 'accepted', rows: 4, acceptedRows: 3 });
    expect(await scene.table()).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(await scene.standings()).toEqual({ [first.batch]: 'accepted', [again.batch]: { open: 1 } });
  });

  test('a corrected file takes the place of the rows that are out', async () => {
    const first = await scene.deliver(plan, await file(...trips('A', 'x', 'y', 'A')));
    const correction = await scene.put(
      await pack([
        { id: 2, line: 'B' },
        { id: 3, line: 'z' },
      ]),
    );
    const again = await scene.replay(plan, await scene.claim({ batch: first.batch, correction }));
    expect(again.result).toMatchObject({ verdict: 'accepted', rows: 2, acceptedRows: 1, quarantinedRows: 1 });
    expect(await scene.table()).toMatchObject([{ id: 1 }, { id: 2, line: 'B' }, { id: 4 }]);
    expect(await scene.standings()).toEqual({ [first.batch]: { accepted: 2 }, [again.batch]: { open: 1 } });
  });

  test('rows of a file that is damaged come back with a sound one', async () => {
    const broken = await scene.deliver(plan, { [`b.${format}`]: format === 'ndjson' ? '' : 'no such file' });
    expect(broken.result.verdict).toBe('rejected');
    const correction = await scene.put(await pack(trips('A')));
    const repaired = await scene.replay(plan, await scene.claim({ batch: broken.batch, correction }));
    expect(repaired.result).toMatchObject({ verdict: 'accepted', acceptedRows: 1 });
    expect(await scene.standings()).toMatchObject({ [broken.batch]: 'accepted' });
  });
});
