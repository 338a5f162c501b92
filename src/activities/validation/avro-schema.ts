import type { ColumnPlan, ColumnType } from '../../domain/plan';

/** A schema as Avro files hold it: a name, a list of alternatives, or an object. */
export type AvroSchema = string | readonly AvroSchema[] | AvroObject;

export interface AvroObject {
  readonly type: AvroSchema;
  readonly logicalType?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly fields?: readonly { readonly name: string; readonly type: AvroSchema }[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly precision?: number;
  readonly scale?: number;
}

/** A schema with its logical type where a reader knows that: `long`, `timestamp-millis`, `decimal(12,2)`. */
export function shownType(schema: AvroSchema): string {
  if (typeof schema === 'string') return schema;
  if (isUnion(schema)) return schema.map(shownType).join(' or ');
  const { type, logicalType, precision = 0, scale = 0 } = schema;
  if (logicalType === 'decimal') return `decimal(${precision},${scale})`;
  return logicalType ?? shownType(type);
}

/** The fields of a record, also behind `["null", …]`; undefined for everything else. */
export function fieldsOf(schema: AvroSchema): AvroObject['fields'] {
  if (typeof schema === 'string') return undefined;
  if (isUnion(schema)) {
    const records = schema.filter((branch) => branch !== 'null');
    return records.length === 1 && records[0] !== undefined ? fieldsOf(records[0]) : undefined;
  }
  return schema.type === 'record' ? schema.fields : undefined;
}

/** Why a column's values cannot be read without guessing, to be read after its name; undefined = they can. */
export function avroProblem(column: ColumnPlan, root: AvroSchema): string | undefined {
  const { name, path = name } = column;
  let schema: AvroSchema | undefined = root;
  for (const part of path.split('.')) {
    schema = schema && fieldsOf(schema)?.find((field) => field.name === part)?.type;
    if (schema === undefined) return 'is missing';
  }
  const branches = (isUnion(schema) ? schema : [schema]).filter((branch) => branch !== 'null');
  if (column.timezone !== undefined && branches.some((branch) => /^timestamp-/.test(shownType(branch)))) {
    return 'holds moments, not local times: remove timezone from the column';
  }
  if (column.format !== undefined && branches.some((branch) => NATIVE_TIME.test(shownType(branch)))) {
    return 'holds dates or times, not texts of a format: remove format from the column';
  }
  if (branches.length > 0 && branches.every((branch) => fits(column, shownType(branch)))) return undefined;
  return `is ${shownType(schema)}, expected ${column.type === 'decimal' ? decimalText(column) : EXPECTED[column.type]}`;
}

const NATIVE_TIME = /^(date|(local-)?timestamp-)/;

const FITTING: Readonly<Record<Exclude<ColumnType, 'decimal'>, RegExp>> = {
  string: /^(string|enum|uuid)$/,
  integer: /^(int|long)$/,
  double: /^(float|double|int)$/,
  boolean: /^boolean$/,
  date: /^(date|string)$/,
  timestamp: /^((local-)?timestamp-(millis|micros)|string)$/,
};

const EXPECTED: Readonly<Record<Exclude<ColumnType, 'decimal'>, string>> = {
  string: 'string or enum',
  integer: 'int or long',
  double: 'double, float or int',
  boolean: 'boolean',
  date: 'date or string',
  timestamp: 'a timestamp in milliseconds or microseconds, or string',
};

function fits(column: ColumnPlan, found: string): boolean {
  if (column.type !== 'decimal') return FITTING[column.type].test(found);
  const { precision = 18, scale = 0 } = column;
  const [, digits, places] = /^decimal\((\d+),(\d+)\)$/.exec(found) ?? [];
  if (digits === undefined) return found === 'string' || found === 'int' || found === 'long';
  return Number(places) <= scale && Number(digits) - Number(places) <= precision - scale;
}

function decimalText({ precision = 18, scale = 0 }: ColumnPlan): string {
  return `a decimal that fits into (${precision},${scale}), int, long or string`;
}

export function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}
