import type { ColumnPlan } from '../domain/plan';
import { text, textList } from './quote';

const INTEGER = '[+-]?[0-9]+';
const DECIMAL = '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?';
const ISO_DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const ISO_TIME = `${ISO_DATE}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?`;
const ISO_OFFSET = `${ISO_TIME}[+-][0-9]{2}(:?[0-9]{2})?`;

/**
 * The typed value of a cell, or NULL when its text is not exactly of the declared form. DuckDB's own casts are lax
 * ('1.5' → 2, '0x10' → 16, '+05:00' dropped), so the form is checked before each of them.
 *
 * @param cell SQL of a VARCHAR that is not a null value
 */
export function parsedCell(column: ColumnPlan, cell: string): string {
  switch (column.type) {
    case 'string':
      return cell;
    case 'integer':
      return when(cell, INTEGER, `TRY_CAST(${cell} AS BIGINT)`);
    case 'double':
      return `CASE WHEN regexp_full_match(${cell}, ${text(DECIMAL)}) AND isfinite(TRY_CAST(${cell} AS DOUBLE)) THEN TRY_CAST(${cell} AS DOUBLE) END`;
    case 'boolean':
      return `CASE WHEN lower(${cell}) IN ('true', 't', '1') THEN true WHEN lower(${cell}) IN ('false', 'f', '0') THEN false END`;
    case 'date':
      return column.format === undefined
        ? when(cell, ISO_DATE, `TRY_CAST(${cell} AS DATE)`)
        : `CAST(${parsedByFormat(cell, column.format)} AS DATE)`;
    case 'timestamp':
      return column.format === undefined ? isoTimestamp(cell) : parsedByFormat(cell, column.format);
  }
}

/** NULL for the texts that mean "no value". */
export function isMissing(cell: string, nullValues: readonly string[]): string {
  return nullValues.length === 0 ? 'false' : `${cell} IN ${textList(nullValues)}`;
}

function when(cell: string, pattern: string, value: string): string {
  return `CASE WHEN regexp_full_match(${cell}, ${text(pattern)}) THEN ${value} END`;
}

/** No offset means UTC. */
function isoTimestamp(cell: string): string {
  return [
    `CASE WHEN regexp_full_match(${cell}, ${text(`${ISO_TIME}Z?`)}) THEN TRY_CAST(${cell} AS TIMESTAMP)`,
    `WHEN regexp_full_match(${cell}, ${text(ISO_OFFSET)}) THEN TRY_CAST(${cell} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END`,
  ].join(' ');
}

/** strptime forgives blanks around the value, and reads these words as 1900-01-01 whatever the format; we do not. */
function parsedByFormat(cell: string, format: string): string {
  const parsed = `try_strptime(${cell}, ${text(format)})`;
  const utc = /%z|%Z/.test(format) ? `${parsed} AT TIME ZONE 'UTC'` : parsed;
  return `CASE WHEN ${cell} = trim(${cell}) AND NOT regexp_full_match(lower(${cell}), '[+-]?infinity|epoch') THEN ${utc} END`;
}
