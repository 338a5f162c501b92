import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { TRIPS_PLAN } from '../../test/integration/data-trips';
import type { ColumnPlan, PipelinePlan } from '../domain/plan';
import { QUICK_CHARACTERS, quickForm, quickValue, type QuickForm } from './quick-cells';
import { cellValue } from './source-cells';

const plan = (column: ColumnPlan, nullValues: readonly string[] = ['', 'NA']): PipelinePlan => ({
  ...TRIPS_PLAN,
  source: { ...TRIPS_PLAN.source, csv: { ...TRIPS_PLAN.source.csv, nullValues } },
  columns: [column],
});

describe('quick cells', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(`SET TimeZone = 'UTC'`);
  });
  afterAll(() => {
    connection.closeSync();
  });

  /** All texts of up to `length` of the characters, behind each of the beginnings. */
  const texts = (characters: string, length: number, beginnings: readonly string[] = ['']): string => {
    const list = (items: readonly string[]): string => items.map((item) => `'${item}'`).join(', ');
    return `WITH RECURSIVE made(cell, length) AS (
      SELECT unnest([${list(beginnings)}]), 0
      UNION ALL
      SELECT cell || one, length + 1 FROM made, (SELECT unnest([${list(Array.from(characters))}]) AS one)
      WHERE length < ${length}
    ) SELECT cell AS "$0" FROM made`;
  };

  const different = async (column: ColumnPlan, rows: string): Promise<readonly unknown[]> => {
    const form = quickForm(plan(column), column)!;
    const [careful, quick] = [cellValue(plan(column), 0), quickValue(column, form, '"$0"')];
    const found = await connection.runAndReadAll(
      `SELECT "$0" FROM (${rows}) WHERE (${careful}) IS DISTINCT FROM (${quick}) LIMIT 5`,
    );
    return found.getRows();
  };

  it.each<[QuickForm, ColumnPlan, string]>([
    ['integer', { name: 'n', type: 'integer' }, '019+-'],
    ['double', { name: 'x', type: 'double' }, '09-.eE'],
  ])('reads every short %s as the strict patterns do', async (form, column, characters) => {
    expect(
      Array.from(QUICK_CHARACTERS[form]).filter((one) => !/[0-9]/.test(one) && !characters.includes(one)),
    ).toEqual([]);
    expect(await different(column, texts(characters, 6))).toEqual([]);
    const long = ['9223372036854775807', '9223372036854775808', '1e308', '1e309', `-${'0'.repeat(40)}7`];
    expect(
      await different(
        column,
        texts(
          '0-',
          2,
          long.filter((one) => form === 'double' || !one.includes('e')),
        ),
      ),
    ).toEqual([]);
  });

  it.each([
    '%Y-%m-%dT%H:%M:%SZ',
    '%d.%m.%Y',
    '%m/%d/%y',
    '%H:%M',
    '%Y%m%d',
    '%Y-%m-%dT%H:%M:%S%z',
    '%Y-%m-%dT%H:%M:%S.%f',
  ])('reads times written as %s as the strict check does', async (format) => {
    const beginnings = [
      '',
      '2024-01-3',
      '31.12.20',
      '12/31/',
      '23:5',
      '2024-02-29T23:59:5',
      '2024-12-31T23:59:59',
    ];
    for (const type of ['timestamp', 'date'] as const) {
      const rows = texts(QUICK_CHARACTERS.time, 2, beginnings);
      expect(await different({ name: 't', type, format }, rows)).toEqual([]);
      const ends = texts('019:Z+.', 5, ['2024-12-31T23:59']);
      expect(await different({ name: 't', type, format }, ends)).toEqual([]);
    }
  });

  it('is not for columns whose empty values read like values, nor for other forms', () => {
    const integer: ColumnPlan = { name: 'n', type: 'integer' };
    expect(quickForm(plan(integer, ['', 'NA']), integer)).toBe('integer');
    expect(quickForm(plan(integer, ['', '-999']), integer)).toBeUndefined();
    const columns: readonly ColumnPlan[] = [
      { name: 's', type: 'string' },
      { name: 'd', type: 'decimal' },
      { name: 'b', type: 'boolean' },
      { name: 't', type: 'timestamp' },
      { name: 'z', type: 'timestamp', format: '%Y', timezone: 'Europe/Berlin' },
    ];
    expect(columns.map((column) => quickForm(plan(column), column))).toEqual(columns.map(() => undefined));
    const comma = plan({ name: 'x', type: 'double' });
    const source = { ...comma.source, csv: { ...comma.source.csv, decimal: ',' as const } };
    expect(quickForm({ ...comma, source }, { name: 'x', type: 'double' })).toBeUndefined();
  });
});
