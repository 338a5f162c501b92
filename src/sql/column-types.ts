import type { ColumnType, TypeOfColumn } from '../domain/plan';
import { identifier } from './quote';

const SQL_TYPES: Readonly<Record<Exclude<ColumnType, 'decimal'>, string>> = {
  string: 'VARCHAR',
  integer: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
};

interface TypedName extends TypeOfColumn {
  readonly name: string;
}

/** Type of a column while SQL works on it. Timestamps are UTC without a zone, so `hour(x)` means what it says. */
export function sqlType({ type, precision = 18, scale = 0 }: TypeOfColumn): string {
  return type === 'decimal' ? `DECIMAL(${precision},${scale})` : SQL_TYPES[type];
}

/** The type alone, without the name and how the files write it. */
export function typeOfColumn({ type, precision, scale }: TypeOfColumn): TypeOfColumn {
  return type === 'decimal' && precision !== undefined ? { type, precision, scale: scale ?? 0 } : { type };
}

/** `"name" TYPE` for table definitions. */
export function columnDefinition(column: TypedName): string {
  return `${identifier(column.name)} ${sqlType(column)}`;
}

/**
 * `value` as table files hold it: Delta's `timestamp` is an instant, that is TIMESTAMPTZ in Parquet. Through microseconds,
 * because a CAST asks the calendar of the time zone for every row, at ten times the cost.
 */
export function toStored({ name, type }: TypedName, value: string = identifier(name)): string {
  return type === 'timestamp'
    ? `make_timestamptz(epoch_us(${value})) AS ${identifier(name)}`
    : as(value, identifier(name));
}

/** A stored column under the plan's own name and type; see {@link toStored}. */
export function fromStored(column: TypedName, stored: string): string {
  const value =
    column.type === 'timestamp'
      ? `make_timestamp(epoch_us(${identifier(stored)}))`
      : `CAST(${identifier(stored)} AS ${sqlType(column)})`;
  return `${value} AS ${identifier(column.name)}`;
}

/**
 * A value as accepted rows hold it: never -0. The Parquet writer keeps one entry for 0 and -0 in a dictionary, so which
 * of the two a row came back with would depend on the other rows of its batch.
 */
export function acceptedValue({ name, type }: TypedName): string {
  const column = identifier(name);
  return type === 'double'
    ? `CASE WHEN ${column} = 0 THEN 0.0::DOUBLE ELSE ${column} END AS ${column}`
    : column;
}

function as(value: string, name: string): string {
  return value === name ? name : `${value} AS ${name}`;
}
