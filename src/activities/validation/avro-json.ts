import { isUnion, type AvroObject, type AvroSchema } from './avro-schema';

/** The JSON text of a decoded value: exact for 64-bit integers and decimals, ISO 8601 for times. */
export type JsonWriter = (value: unknown) => string;

type Scope = ReadonlyMap<string, AvroObject>;

/**
 * Values come as `avsc` decodes them with longs as bigint and unions wrapped in the name of their branch. Numbers
 * that JSON does not have become strings, which no numeric column takes.
 */
export function jsonWriter(schema: AvroSchema): JsonWriter {
  return writerOf(schema, named(schema, new Map()));
}

function writerOf(schema: AvroSchema, scope: Scope): JsonWriter {
  if (isUnion(schema)) return unionWriter(schema, scope);
  if (typeof schema === 'string') {
    const known = scope.get(schema);
    // A type may contain itself: its writer is made when it is needed.
    return known ? (value) => writerOf(known, scope)(value) : (PLAIN[schema] ?? quoted);
  }
  const logical = schema.logicalType === undefined ? undefined : LOGICAL[schema.logicalType]?.(schema);
  if (logical) return logical;
  switch (schema.type) {
    case 'record':
      return recordWriter(schema, scope);
    case 'array': {
      const item = writerOf(schema.items ?? 'null', scope);
      return (value) => `[${(value as readonly unknown[]).map(item).join(',')}]`;
    }
    case 'map': {
      const item = writerOf(schema.values ?? 'null', scope);
      return (value) => object(Object.entries(value as object).map(([name, of]) => [name, item(of)]));
    }
    case 'fixed':
      return bytes;
    case 'enum':
      return quoted;
    default:
      return writerOf(schema.type, scope);
  }
}

function recordWriter({ fields = [] }: AvroObject, scope: Scope): JsonWriter {
  const writers = fields.map(({ name, type }) => ({ name, write: writerOf(type, scope) }));
  return (value) => {
    const record = value as Readonly<Record<string, unknown>>;
    return object(writers.map(({ name, write }) => [name, write(record[name])]));
  };
}

function unionWriter(branches: readonly AvroSchema[], scope: Scope): JsonWriter {
  const writers = new Map(branches.map((branch) => [branchName(branch), writerOf(branch, scope)]));
  return (value) => {
    if (value === null) return 'null';
    const [[name, content] = ['', undefined]] = Object.entries(value as object);
    return (writers.get(name) ?? writers.get(name.split('.').at(-1) ?? '') ?? quoted)(content);
  };
}

function branchName(schema: AvroSchema): string {
  if (typeof schema === 'string') return schema.split('.').at(-1) ?? schema;
  return isUnion(schema) ? '' : (schema.name?.split('.').at(-1) ?? branchName(schema.type));
}

function named(schema: AvroSchema, found: Map<string, AvroObject>): Scope {
  if (typeof schema === 'string') return found;
  if (isUnion(schema)) {
    for (const branch of schema) named(branch, found);
    return found;
  }
  if (schema.name !== undefined) {
    found.set(schema.name, schema);
    if (schema.namespace !== undefined) found.set(`${schema.namespace}.${schema.name}`, schema);
  }
  for (const inner of [...(schema.fields ?? []).map(({ type }) => type), schema.items, schema.values]) {
    if (inner !== undefined) named(inner, found);
  }
  return found;
}

const quoted: JsonWriter = (value) => JSON.stringify(String(value));
const plain: JsonWriter = (value) => String(value);
const bytes: JsonWriter = (value) => JSON.stringify(Buffer.from(value as Uint8Array).toString('latin1'));
const float: JsonWriter = (value) => (Number.isFinite(value) ? String(value) : JSON.stringify(String(value)));

const PLAIN: Readonly<Record<string, JsonWriter>> = {
  null: () => 'null',
  boolean: plain,
  int: plain,
  long: plain,
  float,
  double: float,
  bytes,
  string: quoted,
};

const LOGICAL: Readonly<Record<string, (schema: AvroObject) => JsonWriter | undefined>> = {
  decimal:
    ({ scale = 0 }) =>
    (value) =>
      JSON.stringify(decimalText(value as Uint8Array, scale)),
  date: () => (value) => JSON.stringify(isoDate(BigInt(value as number))),
  'timestamp-millis': () => (value) => JSON.stringify(`${isoTime((value as bigint) * 1000n)}Z`),
  'timestamp-micros': () => (value) => JSON.stringify(`${isoTime(value as bigint)}Z`),
  'local-timestamp-millis': () => (value) => JSON.stringify(isoTime((value as bigint) * 1000n)),
  'local-timestamp-micros': () => (value) => JSON.stringify(isoTime(value as bigint)),
};

const MICROS_A_DAY = 86_400_000_000n;
/** What a Date can hold. */
const MAX_MICROS = 100_000_000n * MICROS_A_DAY;

/** `2024-01-31T10:00:00.000000`; years beyond 9999 get a sign, which no time column takes. */
function isoTime(micros: bigint): string {
  if (micros > MAX_MICROS || micros < -MAX_MICROS) return `${micros} microseconds since 1970`;
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, -5);
  return `${seconds}.${String(fraction).padStart(6, '0')}`;
}

function isoDate(days: bigint): string {
  return isoTime(days * MICROS_A_DAY).replace(/T.*$/, '');
}

/** Big-endian two's complement, divided by ten to the scale. */
function decimalText(content: Uint8Array, scale: number): string {
  const raw = BigInt(`0x${Buffer.from(content).toString('hex') || '0'}`);
  const value = BigInt.asIntN(Math.max(content.length, 1) * 8, raw);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${value < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`;
}

function object(fields: readonly (readonly [string, string])[]): string {
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}
