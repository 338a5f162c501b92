import type { ColumnType } from '../domain/plan';
import { identifier } from './quote';

const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  integer: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
};

interface TypedName {
  readonly name: string;
  readonly type: ColumnType;
}

/** Type of a column while SQL works on it. Timestamps are UTC without a zone, so `hour(x)` means what it says. */
export function sqlType({ type }: Pick<TypedName, 'type'>): string {
  return SQL_TYPES[type];
}

/** `"name" TYPE` for table definitions. */
export function columnDefinition(column: TypedName): string {
  return `${identifier(column.name)} ${sqlType(column)}`;
}

/** `value` as table files hold it: Delta's `timestamp` is an instant, that is TIMESTAMPTZ in Parquet. */
export function toStored({ name, type }: TypedName, value: string = identifier(name)): string {
  return type === 'timestamp'
    ? `CAST(${value} AS TIMESTAMPTZ) AS ${identifier(name)}`
    : as(value, identifier(name));
}

function as(value: string, name: string): string {
  return value === name ? name : `${value} AS ${name}`;
}
