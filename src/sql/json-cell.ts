import type { ColumnPlan } from '../domain/plan';
import { sqlType } from './column-types';
import { parsedCell } from './parse-cell';
import { text } from './quote';

/**
 * The typed value of a cell that holds the JSON text of a value: `"A"` with its quotes, `12`, `true`. NULL when the
 * JSON type is not the column's: a string of digits is no number, a number is no string.
 */
export function parsedJsonCell(column: ColumnPlan, cell: string): string {
  switch (column.type) {
    case 'string':
      // NUL would pass here and break readers of the tables.
      return `CASE WHEN ${isString(cell)} AND NOT contains(${cell}, '\\u0000') THEN ${stringValue(cell)} END`;
    case 'boolean':
      return `CASE ${cell} WHEN 'true' THEN true WHEN 'false' THEN false END`;
    case 'date':
    case 'timestamp':
      return `CASE WHEN ${isString(cell)} THEN ${parsedCell(column, inner(cell))} END`;
    case 'decimal':
      return decimalCell(column, cell);
    case 'integer':
    case 'double':
      return parsedCell(column, cell);
  }
}

/** Digits that a double keeps whatever they are. */
const SAFE_DIGITS = 15;

/**
 * Strings, which writers use so that no reader makes doubles of their decimals, and whole numbers are exact. Of other
 * numbers the engine's JSON reader knows the nearest double only: they count where it means one decimal.
 */
function decimalCell(column: ColumnPlan, cell: string): string {
  const [double, whole] = [`TRY_CAST(${cell} AS DOUBLE)`, parsedCell({ ...column, scale: 0 }, cell)];
  const rounded = `TRY_CAST(${double} AS ${sqlType(column)})`;
  const isExact = `CAST(${rounded} AS DOUBLE) = ${double} AND abs(${double}) < 1e${SAFE_DIGITS - (column.scale ?? 0)}`;
  return [
    `CASE WHEN ${isString(cell)} THEN ${parsedCell(column, inner(cell))}`,
    `WHEN ${whole} IS NOT NULL THEN TRY_CAST(${cell} AS ${sqlType(column)})`,
    `WHEN ${parsedCell(DOUBLE, cell)} IS NOT NULL AND ${isExact} THEN ${rounded} END`,
  ].join(' ');
}

const DOUBLE: ColumnPlan = { name: 'double', type: 'double' };

/** What a time reads like without its quotes; for messages about it. */
export function inner(cell: string): string {
  return `substring(${cell}, 2, length(${cell}) - 2)`;
}

/** The JSON texts of strings. */
export function jsonTexts(values: readonly string[]): readonly string[] {
  return values.map((value) => JSON.stringify(value));
}

function isString(cell: string): string {
  return `starts_with(${cell}, ${text('"')})`;
}

function stringValue(cell: string): string {
  return `CASE WHEN contains(${cell}, '\\') THEN json_extract_string(${cell}, '$') ELSE ${inner(cell)} END`;
}
