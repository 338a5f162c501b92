import type { ColumnPlan } from '../domain/plan';
import { sqlType } from './column-types';
import { zonedToUtc } from './local-time';
import { text, textList } from './quote';

const INTEGER = '[+-]?[0-9]+';
const DECIMAL = '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?';
const ISO_DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const ISO_TIME = `${ISO_DATE}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?`;
const ISO_OFFSET = `${ISO_TIME}[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?`;

/**
 * The typed value of a cell, or NULL when its text is not exactly of the declared form. DuckDB's own casts are lax
 * ('1.5' → 2, '0x10' → 16, '+05:00' dropped), so the form is checked before each of them.
 *
 * @param cell SQL of a VARCHAR that is not a null value
 * @param decimalMark what stands before the fraction of a number
 */
export function parsedCell(column: ColumnPlan, cell: string, decimalMark: ',' | '.' = '.'): string {
  switch (column.type) {
    case 'string':
      return cell;
    case 'integer':
      return when(fullMatch(cell, INTEGER), `TRY_CAST(${cell} AS BIGINT)`);
    case 'double': {
      const value = `TRY_CAST(${withPoint(cell, decimalMark)} AS DOUBLE)`;
      return when(`${fullMatch(cell, withMark(DECIMAL, decimalMark))} AND isfinite(${value})`, value);
    }
    case 'decimal':
      return when(
        fullMatch(cell, fixedPoint(column.scale ?? 0, decimalMark)),
        `TRY_CAST(${withPoint(cell, decimalMark)} AS ${sqlType(column)})`,
      );
    case 'boolean':
      return `CASE WHEN lower(${cell}) IN ('true', 't', '1') THEN true WHEN lower(${cell}) IN ('false', 'f', '0') THEN false END`;
    case 'date':
      return column.format === undefined
        ? when(fullMatch(cell, ISO_DATE), `TRY_CAST(${cell} AS DATE)`)
        : `CAST(${parsedByFormat(cell, column.format)} AS DATE)`;
    case 'timestamp':
      return parsedTimestamp(column, cell);
  }
}

/** NULL for the texts that mean "no value". */
export function isMissing(cell: string, nullValues: readonly string[]): string {
  return nullValues.length === 0 ? 'false' : `${cell} IN ${textList(nullValues)}`;
}

/** A timestamp whose text has no offset of its own, as its clock showed it; NULL for other texts. */
export function localTimestamp({ format }: ColumnPlan, cell: string): string {
  if (format === undefined) return when(fullMatch(cell, ISO_TIME), `TRY_CAST(${cell} AS TIMESTAMP)`);
  return hasOffset(format) ? 'NULL::TIMESTAMP' : parsedByFormat(cell, format);
}

/** Zeros behind the last digit that the column keeps change nothing, any other digit there would be lost. */
function fixedPoint(scale: number, decimalMark: ',' | '.'): string {
  return withMark(`[+-]?[0-9]+(\\.[0-9]{0,${scale}}0*)?`, decimalMark);
}

function withMark(pattern: string, decimalMark: ',' | '.'): string {
  return decimalMark === '.' ? pattern : pattern.replaceAll('\\.', ',');
}

function withPoint(cell: string, decimalMark: ',' | '.'): string {
  return decimalMark === '.' ? cell : `replace(${cell}, ',', '.')`;
}

/** Without a zone, no offset means UTC. */
function parsedTimestamp(column: ColumnPlan, cell: string): string {
  const { format, timezone, ambiguous } = column;
  if (timezone === undefined) return format === undefined ? isoTimestamp(cell) : parsedByFormat(cell, format);
  const zoned = zonedToUtc(localTimestamp(column, cell), timezone, ambiguous);
  if (format !== undefined) return hasOffset(format) ? parsedByFormat(cell, format) : zoned;
  return `CASE WHEN ${fullMatch(cell, ISO_TIME)} THEN ${zoned} ELSE ${isoTimestamp(cell)} END`;
}

function isoTimestamp(cell: string): string {
  return [
    `CASE WHEN ${fullMatch(cell, `${ISO_TIME}Z?`)} THEN TRY_CAST(${cell} AS TIMESTAMP)`,
    `WHEN ${fullMatch(cell, ISO_OFFSET)} THEN TRY_CAST(${cell} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END`,
  ].join(' ');
}

/** strptime forgives blanks around the value, and reads these words as 1900-01-01 whatever the format; we do not. */
function parsedByFormat(cell: string, format: string): string {
  const parsed = `try_strptime(${cell}, ${text(format)})`;
  const utc = hasOffset(format) ? `${parsed} AT TIME ZONE 'UTC'` : parsed;
  return `CASE WHEN ${cell} = trim(${cell}) AND NOT regexp_full_match(lower(${cell}), '[+-]?infinity|epoch') THEN ${utc} END`;
}

/** Whether the format reads an offset or a zone along with the time. */
export function hasOffset(format: string): boolean {
  return /%z|%Z/.test(format);
}

function fullMatch(cell: string, pattern: string): string {
  return `regexp_full_match(${cell}, ${text(pattern)})`;
}

function when(condition: string, value: string): string {
  return `CASE WHEN ${condition} THEN ${value} END`;
}
