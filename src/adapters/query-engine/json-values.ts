import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { JsonValue } from '../../domain/canonical-json';

/**
 * One engine value as plain JSON: 64-bit integers as numbers while they are exact, else as text; dates and
 * timestamps as ISO 8601 (UTC); NaN and infinities, which JSON lacks, as null.
 */
export function toJsonValue(value: DuckDBValue): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return fromBigInt(value);
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return isoTimestamp(value.micros);
  }
  if (value instanceof DuckDBListValue) return value.items.map(toJsonValue);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, toJsonValue(item)]));
  }
  return value.toString();
}

function fromBigInt(value: bigint): JsonValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** Whole milliseconds: nothing that is decided on needs more. */
function isoTimestamp(micros: bigint): string {
  return new Date(Number(micros / 1000n)).toISOString();
}
