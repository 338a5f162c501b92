import { asyncBufferFromFile, parquetMetadataAsync, type FileMetaData, type SchemaElement } from 'hyparquet';
import { PermanentFailure } from '../../ports/failures';

/** How a column's values compare and how they are written down. `other` has no bounds that we could state. */
export type ColumnKind =
  'boolean' | 'integer' | 'number' | 'string' | 'date' | 'timestamp' | 'decimal' | 'other';

/** `bigint`: integers, days since 1970 (date), microseconds since 1970 (timestamp), units of the last digit (decimal). */
export type Bound = bigint | boolean | number | string;

/** What one row group says about one column. */
export interface ColumnChunk {
  readonly rows: number;
  /** undefined = not told. */
  readonly nulls: number | undefined;
  readonly min: Bound | undefined;
  readonly max: Bound | undefined;
}

export interface FooterColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Digits after the point of a decimal. */
  readonly scale?: number;
  readonly chunks: readonly ColumnChunk[];
}

/** The footer of a Parquet file with flat columns. */
export interface ParquetFooter {
  readonly rows: number;
  readonly columns: readonly FooterColumn[];
}

/**
 * Reads a local file's footer with a reader that shares no code with the engine that writes our files.
 *
 * @throws PermanentFailure('IntegrityError') when the file is no Parquet file.
 */
export async function readFooter(path: string): Promise<ParquetFooter> {
  return footerOf(await readMetadata(path));
}

async function readMetadata(path: string): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(await asyncBufferFromFile(path), { parsers: EXACT_PARSERS });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PermanentFailure('IntegrityError', `Not a Parquet file: ${reason}`, { path }, { cause: error });
  }
}

/** Not as JavaScript dates, which are of milliseconds. Typed for dates, but whatever they return is handed on. */
const EXACT_PARSERS = {
  timestampFromMicroseconds: (micros: bigint): never => micros as never,
  dateFromDays: (days: number): never => BigInt(days) as never,
};

function footerOf({ schema, num_rows, row_groups }: FileMetaData): ParquetFooter {
  const leaves = schema.filter(({ type }) => type !== undefined);
  return {
    rows: Number(num_rows),
    columns: leaves.map((leaf, index): FooterColumn => {
      const kind = kindOf(leaf);
      return {
        name: leaf.name,
        kind,
        ...(kind === 'decimal' ? { scale: leaf.scale ?? 0 } : {}),
        chunks: row_groups.map(({ columns }) =>
          chunkOf(columns[index]?.meta_data, kind === 'decimal' ? decimalBound(leaf) : asBound),
        ),
      };
    }),
  };
}

type ChunkMetadata = FileMetaData['row_groups'][number]['columns'][number]['meta_data'];

function chunkOf(chunk: ChunkMetadata, boundOf: (value: unknown) => Bound | undefined): ColumnChunk {
  const { null_count, min_value, max_value } = chunk?.statistics ?? {};
  return {
    rows: Number(chunk?.num_values ?? 0),
    nulls: null_count === undefined ? undefined : Number(null_count),
    min: boundOf(min_value),
    max: boundOf(max_value),
  };
}

function asBound(value: unknown): Bound | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  if (['bigint', 'boolean', 'number', 'string'].includes(typeof value)) return value as Bound;
  return undefined;
}

/**
 * The exact decimal, out of the DOUBLE that the reader made of it: the only one that comes to it. From about 16 digits on
 * there are several, and no bound.
 */
function decimalBound({ scale = 0 }: SchemaElement): (value: unknown) => bigint | undefined {
  return (value) => {
    if (typeof value !== 'number') return undefined;
    const near = Math.round(value / 10 ** -scale);
    if (!Number.isSafeInteger(near)) return undefined;
    const found = [near - 1, near, near + 1].filter((units) => units * 10 ** -scale === value);
    return found.length === 1 && found[0] !== undefined ? BigInt(found[0]) : undefined;
  };
}

const KINDS_OF_CONVERTED: Readonly<Record<string, ColumnKind>> = {
  DATE: 'date',
  UTF8: 'string',
  TIMESTAMP_MICROS: 'timestamp',
  TIMESTAMP_MILLIS: 'other',
  DECIMAL: 'decimal',
};
const KINDS_OF_PHYSICAL: Readonly<Record<string, ColumnKind>> = {
  BOOLEAN: 'boolean',
  INT32: 'integer',
  INT64: 'integer',
  FLOAT: 'number',
  DOUBLE: 'number',
};

function kindOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): ColumnKind {
  if (logical?.type === 'TIMESTAMP') return logical.unit === 'MICROS' ? 'timestamp' : 'other';
  const kind = KINDS_OF_CONVERTED[converted ?? ''];
  if (kind) return kind;
  if (logical && logical.type !== 'INTEGER') return logical.type === 'STRING' ? 'string' : 'other';
  return KINDS_OF_PHYSICAL[type ?? ''] ?? 'other';
}
