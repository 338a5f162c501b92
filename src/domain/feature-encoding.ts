import type { FeatureKind, TrainingTask } from './plan';

/** `features.json` of a model: which columns it takes, in which order, and where its score stands. */
export interface FeatureSchema {
  readonly schemaVersion: 1;
  readonly input: string;
  readonly output: string;
  /** Column of the output tensor that holds the score. */
  readonly outputIndex: number;
  readonly task: TrainingTask;
  readonly features: readonly EncodedFeature[];
}

export interface EncodedFeature {
  readonly name: string;
  readonly kind: FeatureKind;
  /** Of a categorical feature: its values in training; a value's code is its position. */
  readonly categories?: readonly string[];
}

export type FeatureValue = string | number | boolean | null | undefined;
export type FeatureRecord = Readonly<Record<string, FeatureValue>>;

/*
 * One encoding, three times: here for records, below as SQL for whole tables, and in
 * trainer/millrace_trainer/encoding.py for training. Golden predictions hold the three together.
 *
 * numeric      double → 32-bit float; false and true are 0 and 1; missing is NaN
 * categorical  position in `categories`; missing or never seen in training is NaN
 */

export interface FeatureEncoder {
  readonly columns: number;
  /**
   * Row-major `records × columns`; a feature that a record lacks is missing.
   * @throws RangeError for a value of the wrong type or beyond a 32-bit float.
   */
  readonly encode: (records: readonly FeatureRecord[]) => Float32Array<ArrayBuffer>;
}

export function createFeatureEncoder({ features }: FeatureSchema): FeatureEncoder {
  const encoders = features.map((feature) => ({ name: feature.name, encode: valueEncoder(feature) }));
  return {
    columns: features.length,
    encode: (records) => {
      const values = new Float32Array(records.length * features.length);
      let position = 0;
      for (const record of records) {
        for (const { name, encode } of encoders) values[position++] = encode(record[name]);
      }
      return values;
    },
  };
}

/** The same encoding as one SQL expression of type FLOAT, never NULL, over a table with the feature's column. */
export function featureEncodingSql({ name, kind, categories = [] }: EncodedFeature): string {
  const column = `"${name.replaceAll('"', '""')}"`;
  if (kind === 'numeric') return `coalesce(CAST(CAST(${column} AS DOUBLE) AS FLOAT), CAST('NaN' AS FLOAT))`;
  // An ENUM looks a value up by hash; a search through the list would cost one comparison per category and row.
  if (categories.length === 0) return `CAST('NaN' AS FLOAT)`;
  const members = categories.map((category) => `'${category.replaceAll("'", "''")}'`).join(', ');
  const code = `enum_code(TRY_CAST(CAST(${column} AS VARCHAR) AS ENUM (${members})))`;
  return `coalesce(CAST(${code} AS FLOAT), CAST('NaN' AS FLOAT))`;
}

function valueEncoder(feature: EncodedFeature): (value: FeatureValue) => number {
  if (feature.kind === 'numeric') return (value) => encodeNumber(feature.name, value);
  const codes = new Map(feature.categories?.map((category, code) => [category, code]));
  return (value) => encodeCategory(feature.name, codes, value);
}

function encodeNumber(feature: string, value: FeatureValue): number {
  if (value === null || value === undefined) return NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'number') throw wrongValue(feature, 'a number, a boolean or null', value);
  const encoded = Math.fround(value);
  if (!Number.isFinite(encoded) && !Number.isNaN(encoded)) throw wrongValue(feature, 'within ±3.4e38', value);
  return encoded;
}

function encodeCategory(feature: string, codes: ReadonlyMap<string, number>, value: FeatureValue): number {
  if (value === null || value === undefined) return NaN;
  if (typeof value !== 'string') throw wrongValue(feature, 'a string or null', value);
  return codes.get(value) ?? NaN;
}

function wrongValue(feature: string, expected: string, value: unknown): RangeError {
  return new RangeError(
    `Wrong value for a feature [feature=${feature}]: expected ${expected}, got ${JSON.stringify(value)}`,
  );
}
