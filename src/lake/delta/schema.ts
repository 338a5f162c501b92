import type { ColumnType, TypeOfColumn } from '../../domain/plan';

/** Our column types, and 32-bit floats for features. Integers are 64-bit. */
type TableColumnType = ColumnType | 'float';

export interface TableColumn extends Omit<TypeOfColumn, 'type'> {
  readonly name: string;
  readonly type: TableColumnType;
}

interface SchemaField {
  readonly name: string;
  readonly type: unknown;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const DELTA_TYPES: Readonly<Record<Exclude<TableColumnType, 'decimal'>, string>> = {
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
  const fields: readonly SchemaField[] = [...columns, ...partitions].map((column) => ({
    name: column.name,
    type: deltaType(column),
    nullable: true,
    metadata: {},
  }));
  return JSON.stringify({ type: 'struct', fields });
}

function deltaType({ type, precision = 18, scale = 0 }: Omit<TableColumn, 'name'>): string {
  return type === 'decimal' ? `decimal(${precision},${scale})` : DELTA_TYPES[type];
}

export type SchemaComparison =
  | { readonly kind: 'equal' }
  /** Old files lack the new columns; readers see NULL there. `schema`: what was there, and the new ones behind it. */
  | { readonly kind: 'widened'; readonly added: readonly string[]; readonly schema: string }
  /** Old files do not fit: columns went away or changed their type. `diff`: one text for each difference. */
  | { readonly kind: 'conflicting'; readonly diff: readonly string[] };

/** What a move from one schema to another means for the files that are already there; the order of columns means nothing. */
export function compareSchemas(current: string, wanted: string): SchemaComparison {
  const [before, after] = [fieldsByName(current), fieldsByName(wanted)];
  const added = [...after.values()].filter(({ name }) => !before.has(name));
  const broken = [...before.values()].flatMap((field) => breakOf(field, after.get(field.name)));
  if (broken.length > 0) {
    return { kind: 'conflicting', diff: [...broken, ...added.map((field) => `+ ${describe(field)}`)] };
  }
  if (added.length === 0) return { kind: 'equal' };
  const schema = JSON.stringify({ type: 'struct', fields: [...before.values(), ...added] });
  return { kind: 'widened', added: added.map(({ name }) => name), schema };
}

function breakOf(before: SchemaField, after: SchemaField | undefined): readonly string[] {
  if (!after) return [`- ${describe(before)}`];
  const [old, young] = [describe(before), describe(after)];
  return old === young ? [] : [`~ ${old} → ${typeOf(after)}`];
}

/** `delay: double` */
function describe(field: SchemaField): string {
  return `${field.name}: ${typeOf(field)}`;
}

function typeOf({ type, nullable }: SchemaField): string {
  return `${typeof type === 'string' ? type : JSON.stringify(type)}${nullable ? '' : ' not null'}`;
}

function fieldsByName(schema: string): ReadonlyMap<string, SchemaField> {
  const { fields } = JSON.parse(schema) as { readonly fields: readonly SchemaField[] };
  return new Map(fields.map((field) => [field.name, field]));
}

/** Columns of a table in order, partition columns included, with their Delta types. */
export function schemaColumns(schema: string): readonly { readonly name: string; readonly type: string }[] {
  return [...fieldsByName(schema).values()].map((field) => ({ name: field.name, type: typeOf(field) }));
}
