import type { RecordBatch } from 'apache-arrow';
import { featureEncodingSql, type FeatureSchema } from '../domain/feature-encoding';
import type { LoadedModel } from '../ports/model-scorer';
import type { QuerySession } from '../ports/query-engine';
import { identifier } from '../sql/quote';

export interface ScoredTable {
  /** The target column of each row, in the order of `scores`. */
  readonly targets: Float64Array;
  readonly scores: Float32Array;
}

export interface ScoringSource {
  /** Anything that can stand after FROM. */
  readonly from: string;
  /** Column to compare the scores with; rows where it is NULL are left out. */
  readonly target: string;
  /** Column of a feature; table files rename some. */
  readonly columnOf: (feature: string) => string;
}

/** Large enough that a call to the scoring thread costs nothing per row, small enough to stay in a cache. */
const ROWS_PER_CALL = 4096;

/**
 * Scores all rows that have a target. The engine encodes, so that only numbers travel, as Arrow.
 *
 * @param onRows called with the number of rows scored so far; may throw to stop.
 */
export async function scoreTable(
  session: Pick<QuerySession, 'batches'>,
  model: Pick<LoadedModel, 'score'>,
  schema: FeatureSchema,
  source: ScoringSource,
  onRows: (rows: number) => void,
): Promise<ScoredTable> {
  const targets: Float64Array[] = [];
  const scores: Float32Array[] = [];
  let rows = 0;
  for await (const batch of session.batches(scoringSql(schema, source))) {
    const columns = columnsOf(batch);
    const target = columns.pop() ?? new Float64Array(0);
    targets.push(Float64Array.from(target));
    for (let start = 0; start < batch.numRows; start += ROWS_PER_CALL) {
      const count = Math.min(ROWS_PER_CALL, batch.numRows - start);
      const values = interleave(columns, start, count);
      scores.push(await model.score({ values, rows: count, columns: columns.length }));
      onRows((rows += count));
    }
  }
  return { targets: concat(Float64Array, targets), scores: concat(Float32Array, scores) };
}

/** Features in the model's order, then the target. */
function scoringSql({ features }: FeatureSchema, { from, target, columnOf }: ScoringSource): string {
  const column = identifier(target);
  const encoded = features.map(
    (feature, position) =>
      `${featureEncodingSql({ ...feature, name: columnOf(feature.name) })} AS f${position}`,
  );
  const columns = [...encoded, `CAST(${column} AS DOUBLE) AS target`];
  return `SELECT ${columns.join(', ')} FROM ${from} WHERE ${column} IS NOT NULL`;
}

type Numbers = Float32Array | Float64Array;

function columnsOf(batch: RecordBatch): Numbers[] {
  return batch.schema.fields.map((_field, index) => batch.getChildAt(index)?.toArray() as Numbers);
}

/** Columns to rows: what a model takes. */
function interleave(columns: readonly Numbers[], start: number, count: number): Float32Array {
  const width = columns.length;
  const values = new Float32Array(count * width);
  columns.forEach((column, position) => {
    for (let row = 0; row < count; row += 1) values[row * width + position] = column[start + row] ?? NaN;
  });
  return values;
}

function concat<T extends Numbers>(Values: new (length: number) => T, parts: readonly T[]): T {
  const joined = new Values(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
