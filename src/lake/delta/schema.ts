import type { ColumnType } from '../../domain/plan';

/** Our column types, and 32-bit floats for features. Integers are 64-bit. */
type TableColumnType = ColumnType | 'float';

export interface TableColumn {
  readonly name: string;
  readonly type: TableColumnType;
}

interface SchemaField {
  readonly name: string;
  readonly type: unknown;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const DELTA_TYPES: Readonly<Record<TableColumnType, string>> = {
  string: 'string',
  integer: 'long',
  double: 'double',
  float: 'float',
  boolean: 'boolean',
  date: 'date',
  // An instant in UTC: the Parquet column has to say `isAdjustedToUTC` (TIMESTAMPTZ in DuckDB).
  timestamp: 'timestamp',
};

/** The schema in the protocol's JSON form; every column is nullable, partition columns are strings at the end. */
export function schemaString(columns: readonly TableColumn[], partitionColumns: readonly string[]): string {
  const partitions = partitionColumns.map((name) => ({ name, type: 'string' as const }));
  const fields: readonly SchemaField[] = [...columns, ...partitions].map(({ name, type }) => ({
    name,
    type: DELTA_TYPES[type],
    nullable: true,
    metadata: {},
  }));
  return JSON.stringify({ type: 'struct', fields });
}

export type SchemaComparison =
  | { readonly kind: 'equal' }
  /** Old files lack the new columns; readers see NULL there. */
  | { readonly kind: 'widened'; readonly added: readonly string[] }
  /** Old files do not fit: columns went away or changed their type. */
  | { readonly kind: 'conflicting'; readonly columns: readonly string[] };

/** What a move from one schema to another means for the files that are already there. */
export function compareSchemas(current: string, wanted: string): SchemaComparison {
  if (current === wanted) return { kind: 'equal' };
  const [before, after] = [typesByName(current), typesByName(wanted)];
  const broken = [...before].filter(([name, type]) => after.get(name) !== type).map(([name]) => name);
  if (broken.length > 0) return { kind: 'conflicting', columns: broken };
  const added = [...after.keys()].filter((name) => !before.has(name));
  return { kind: 'widened', added };
}

function typesByName(schema: string): ReadonlyMap<string, string> {
  const { fields } = JSON.parse(schema) as { readonly fields: readonly SchemaField[] };
  return new Map(fields.map(({ name, type }) => [name, JSON.stringify(type)]));
}
