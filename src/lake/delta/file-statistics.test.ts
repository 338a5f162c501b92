import type { Bound, ColumnKind, FooterColumn } from '../parquet/footer';
import { statisticsText, withNullColumns } from './file-statistics';

const chunk = (min: Bound | undefined, max: Bound | undefined, nulls: number | undefined = 0, rows = 10) => ({
  rows,
  nulls,
  min,
  max,
});
const column = (name: string, kind: ColumnKind, ...chunks: FooterColumn['chunks']): FooterColumn => ({
  name,
  kind,
  chunks,
});
const text = (...columns: readonly FooterColumn[]): string =>
  statisticsText({ rows: (columns[0]?.chunks.length ?? 0) * 10, columns });
const parsed = (...columns: readonly FooterColumn[]): unknown => JSON.parse(text(...columns));

describe('statisticsText', () => {
  it('puts row groups together', () => {
    expect(
      parsed(
        column('i', 'integer', chunk(3n, 9n, 1), chunk(-5n, 4n, 2)),
        column('x', 'number', chunk(0.5, 1.5), chunk(0.25, 1)),
        column('b', 'boolean', chunk(false, false), chunk(false, true)),
        column('n', 'number', chunk(undefined, undefined, 10), chunk(2, 3, 9)),
      ),
    ).toEqual({
      numRecords: 20,
      minValues: { i: -5, x: 0.25, b: false, n: 2 },
      maxValues: { i: 9, x: 1.5, b: true, n: 3 },
      nullCount: { i: 3, x: 0, b: 0, n: 19 },
    });
  });

  it('writes 64-bit integers exactly', () => {
    const [min, max] = [-(2n ** 63n), 2n ** 63n - 1n];
    expect(text(column('i', 'integer', chunk(min, max)))).toContain(
      '"minValues":{"i":-9223372036854775808},"maxValues":{"i":9223372036854775807}',
    );
  });

  it('writes decimals with all their digits', () => {
    const bounds = (scale: number, min: bigint, max: bigint): string =>
      text({ ...column('d', 'decimal', chunk(min, max)), scale });
    expect(bounds(2, -150n, 5n)).toContain('"minValues":{"d":-1.5},"maxValues":{"d":0.05}');
    expect(bounds(0, 0n, 10n ** 37n)).toContain(`"minValues":{"d":0},"maxValues":{"d":1${'0'.repeat(37)}}`);
    expect(bounds(38, -1n, 10n ** 38n - 1n)).toContain(
      `"minValues":{"d":-0.${'0'.repeat(37)}1},"maxValues":{"d":0.${'9'.repeat(38)}}`,
    );
  });

  it('names no bounds for a column that is NULL in every row', () => {
    expect(
      parsed(column('i', 'integer', chunk(1n, 2n)), column('n', 'string', chunk(undefined, undefined, 10))),
    ).toEqual({ numRecords: 10, minValues: { i: 1 }, maxValues: { i: 2 }, nullCount: { i: 0, n: 10 } });
  });

  it.each([
    [
      'a NaN, which leaves its row group without bounds',
      column('x', 'number', chunk(1, 2), chunk(undefined, undefined)),
    ],
    ['a year beyond 9999', column('d', 'date', chunk(0n, 2_932_897n))],
    ['a year before 0', column('t', 'timestamp', chunk(-62_200_000_000_000_000n, 0n))],
    ['a type without an order that readers share', column('o', 'other', chunk(1n, 2n))],
  ])('gives no column of a file bounds when one holds %s', (_what, column_) => {
    expect(parsed(column_)).not.toHaveProperty('minValues');
    expect(parsed(column_)).toMatchObject({ nullCount: { [column_.name]: 0 } });
  });

  it('gives no NULLs and no bounds when a file does not count its NULLs', () => {
    expect(parsed(column('i', 'integer', { ...chunk(1n, 2n), nulls: undefined }))).toEqual({
      numRecords: 10,
    });
  });

  it.each([
    ['short', 'short'],
    ['a'.repeat(32), 'a'.repeat(32)],
    ['a'.repeat(33), `${'a'.repeat(32)}\u{10FFFF}`],
    ['🚲'.repeat(40), `${'🚲'.repeat(32)}\u{10FFFF}`],
    [`${'a'.repeat(32)}\u{10FFFF}\u{10FFFF}b`, `${'a'.repeat(32)}\u{10FFFF}\u{10FFFF}\u{10FFFF}`],
    [`${'a'.repeat(32)}\u{10FFFF}`, `${'a'.repeat(32)}\u{10FFFF}`],
  ])('cuts the string %s so that the maximum is not below it', (value, max) => {
    const stats = parsed(column('s', 'string', chunk(value, value))) as Record<
      'minValues' | 'maxValues',
      { s: string }
    >;
    expect(stats.maxValues.s).toBe(max);
    expect(stats.minValues.s).toBe(Array.from(value).slice(0, 32).join(''));
    expect(Buffer.compare(Buffer.from(stats.maxValues.s), Buffer.from(value))).toBeGreaterThanOrEqual(0);
    expect(Buffer.compare(Buffer.from(stats.minValues.s), Buffer.from(value))).toBeLessThanOrEqual(0);
  });

  it('compares strings by their bytes, where UTF-16 would order differently', () => {
    const [bmp, beyond] = ['\uFFFD', '\u{1F6B2}'];
    expect(bmp > beyond).toBe(true);
    expect(parsed(column('s', 'string', chunk(bmp, bmp), chunk(beyond, beyond)))).toMatchObject({
      minValues: { s: bmp },
      maxValues: { s: beyond },
    });
  });

  it.each([
    [1_357_018_200_123_456n, '2013-01-01T05:30:00.123Z', '2013-01-01T05:30:00.124Z'],
    [1_357_018_200_123_000n, '2013-01-01T05:30:00.123Z', '2013-01-01T05:30:00.123Z'],
    [-1n, '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z'],
  ])('rounds the timestamp %s outwards to milliseconds', (micros, min, max) => {
    expect(parsed(column('t', 'timestamp', chunk(micros, micros)))).toMatchObject({
      minValues: { t: min },
      maxValues: { t: max },
    });
  });

  it('writes dates as days', () => {
    expect(parsed(column('d', 'date', chunk(-1n, 18_262n)))).toMatchObject({
      minValues: { d: '1969-12-31' },
      maxValues: { d: '2020-01-01' },
    });
  });
});

describe('withNullColumns', () => {
  const stats = '{"numRecords":2,"minValues":{"i":1},"maxValues":{"i":2},"nullCount":{"i":0}}';

  it('says that columns which the file lacks are NULL in every row', () => {
    expect(JSON.parse(withNullColumns(stats, ['x'])!)).toEqual({
      numRecords: 2,
      minValues: { i: 1 },
      maxValues: { i: 2 },
      nullCount: { i: 0, x: 2 },
    });
  });

  it('has nothing to say about a file that tells nothing, or tells it already', () => {
    expect(withNullColumns(undefined, ['x'])).toBeUndefined();
    expect(withNullColumns('{"numRecords":2}', ['x'])).toBeUndefined();
    expect(withNullColumns(withNullColumns(stats, ['x']), ['x'])).toBeUndefined();
  });

  it('drops bounds that JavaScript would change', () => {
    const large = stats.replace('{"i":2}', '{"i":9223372036854775807}');
    expect(withNullColumns(large, ['x'])).toBe('{"numRecords":2,"nullCount":{"i":0,"x":2}}');
  });
});
