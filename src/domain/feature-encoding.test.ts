import { DuckDBInstance } from '@duckdb/node-api';
import {
  createFeatureEncoder,
  featureEncodingSql,
  type FeatureRecord,
  type FeatureSchema,
} from './feature-encoding';

const schema: FeatureSchema = {
  schemaVersion: 1,
  input: 'input',
  output: 'probabilities',
  outputIndex: 1,
  task: 'binary_classification',
  features: [
    { name: 'carrier', kind: 'categorical', categories: ['AA', "O'Hare", 'UA'] },
    { name: 'distance', kind: 'numeric' },
  ],
};
const encoder = createFeatureEncoder(schema);

describe('createFeatureEncoder', () => {
  it('lays records out row by row in the order of the model', () => {
    expect(encoder.columns).toBe(2);
    expect([
      ...encoder.encode([
        { distance: 1.5, carrier: 'UA' },
        { distance: -2, carrier: "O'Hare" },
      ]),
    ]).toEqual([2, 1.5, 1, -2]);
  });

  it('rounds numbers to 32 bits and takes booleans as 0 and 1', () => {
    const values = encoder.encode([{ distance: 0.1 }, { distance: true }, { distance: false }]);
    expect([values[1], values[3], values[5]]).toEqual([Math.fround(0.1), 1, 0]);
  });

  it('makes NaN of what is missing, null or never seen in training', () => {
    expect([...encoder.encode([{}, { carrier: null, distance: null }, { carrier: 'ZZ' }])]).toEqual(
      new Array(6).fill(NaN),
    );
  });

  it.each([
    [{ distance: 'far' }, /feature=distance\]: expected a number, a boolean or null, got "far"/],
    [{ distance: 1e39 }, /within ±3.4e38/],
    [{ carrier: 7 }, /feature=carrier\]: expected a string or null, got 7/],
  ])('refuses %j', (record, message) => {
    expect(() => encoder.encode([record])).toThrow(message);
  });
});

describe('featureEncodingSql', () => {
  it('gives what the encoder gives', async () => {
    const records: readonly FeatureRecord[] = [
      { carrier: 'AA', distance: 0.1 },
      { carrier: "O'Hare", distance: -1e-40 },
      { carrier: 'UA', distance: 16_777_217 },
      { carrier: 'zz', distance: null },
      { carrier: null, distance: 3.4e38 },
    ];
    const rows = records.map(({ carrier, distance }) => {
      const text = carrier === null ? 'NULL' : `'${String(carrier).replaceAll("'", "''")}'`;
      return `(${text}, CAST(${String(distance)} AS DOUBLE))`;
    });
    const encoded = schema.features.map(featureEncodingSql).join(', ');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(
      `SELECT ${encoded} FROM (VALUES ${rows.join(', ')}) AS t (carrier, distance)`,
    );
    expect(reader.getRowsJS().flat()).toEqual([...encoder.encode(records)]);
    connection.closeSync();
    instance.closeSync();
  });

  it('quotes names and categories', () => {
    expect(featureEncodingSql({ name: 'a"b', kind: 'categorical', categories: ["O'Hare"] })).toBe(
      `coalesce(CAST(enum_code(TRY_CAST(CAST("a""b" AS VARCHAR) AS ENUM ('O''Hare'))) AS FLOAT), CAST('NaN' AS FLOAT))`,
    );
  });

  it('knows that a feature without categories is always missing', () => {
    expect(featureEncodingSql({ name: 'empty', kind: 'categorical', categories: [] })).toBe(
      `CAST('NaN' AS FLOAT)`,
    );
  });
});
