import { DuckDBTypeId, type DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api';
import {
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  RecordBatch,
  Schema,
  Struct,
  Data,
  makeData,
  type DataType,
} from 'apache-arrow';
import { PermanentFailure } from '../../ports/failures';

/** 32 of DuckDB's chunks: large enough to make the per-batch cost vanish, small enough for any cache. */
const BATCH_ROWS = 65_536;

export interface BatchBuilder {
  readonly rows: () => number;
  readonly hasRoomFor: (rows: number) => boolean;
  readonly append: (chunk: DuckDBDataChunk) => void;
  /** Hands out what was appended and starts anew. */
  readonly finish: () => RecordBatch;
}

interface ColumnBuffer {
  readonly append: (chunk: DuckDBDataChunk, column: number, offset: number) => void;
  readonly finish: (rows: number) => Data;
}

/** Copies numeric columns into Arrow buffers, value by value but with no object per row. */
export function createBatchBuilder(names: readonly string[], types: readonly DuckDBType[]): BatchBuilder {
  const kinds = names.map((name, index) => numericKind(name, types[index]));
  const schema = new Schema(kinds.map((kind, index) => new Field(names[index] ?? '', kind.type, true)));
  let columns = kinds.map((kind) => kind.createBuffer());
  let rows = 0;
  return {
    rows: () => rows,
    hasRoomFor: (more) => rows + more <= BATCH_ROWS,
    append: (chunk) => {
      columns.forEach((column, index) => {
        column.append(chunk, index, rows);
      });
      rows += chunk.rowCount;
    },
    finish: () => {
      const children = columns.map((column) => column.finish(rows));
      const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children });
      columns = kinds.map((kind) => kind.createBuffer());
      rows = 0;
      return new RecordBatch(schema, data);
    },
  };
}

type Numbers = Float64Array | Float32Array | Int32Array | BigInt64Array;

interface NumericKind {
  readonly type: DataType;
  readonly createBuffer: () => ColumnBuffer;
}

const KINDS: ReadonlyMap<DuckDBTypeId, NumericKind> = new Map([
  [DuckDBTypeId.DOUBLE, kindOf(new Float64(), Float64Array, Number.NaN)],
  [DuckDBTypeId.FLOAT, kindOf(new Float32(), Float32Array, Number.NaN)],
  [DuckDBTypeId.INTEGER, kindOf(new Int32(), Int32Array, 0)],
  [DuckDBTypeId.BIGINT, kindOf(new Int64(), BigInt64Array, 0n)],
]);

function numericKind(name: string, type: DuckDBType | undefined): NumericKind {
  const kind = type && KINDS.get(type.typeId);
  if (kind) return kind;
  throw new PermanentFailure(
    'InvalidInput',
    'Only FLOAT, DOUBLE, INTEGER and BIGINT columns can be read as Arrow: cast this one',
    { column: name, type: String(type) },
  );
}

function kindOf(
  type: Float64 | Float32 | Int32 | Int64,
  Values: new (length: number) => Numbers,
  missing: number | bigint,
): NumericKind {
  return { type, createBuffer: () => createBuffer(type, new Values(BATCH_ROWS), missing) };
}

function createBuffer(type: DataType, values: Numbers, missing: number | bigint): ColumnBuffer {
  const validity = new Uint8Array(BATCH_ROWS / 8);
  const cells: Record<number, unknown> = values;
  let nulls = 0;
  return {
    append: (chunk, column, offset) => {
      const vector = chunk.getColumnVector(column);
      const end = offset + chunk.rowCount;
      for (let at = offset; at < end; at += 1) {
        const value = vector.getItem(at - offset);
        cells[at] = value ?? missing;
        if (value === null) nulls += 1;
        else validity[at >> 3] = (validity[at >> 3] ?? 0) | (1 << (at & 7));
      }
    },
    finish: (length) =>
      // The buffers of a fixed-width column, in Arrow's order: offsets (none), values, validity.
      new Data(type, 0, length, nulls, [undefined, values.subarray(0, length), validity]),
  };
}
