import type { ColumnPlan, PipelinePlan, SourceFormat, SourcePlan } from '../domain/plan';
import { sqlType } from './column-types';
import { jsonTexts, parsedJsonCell } from './json-cell';
import { zonedToUtc } from './local-time';
import { isMissing, parsedCell } from './parse-cell';
import { cellName } from './staging-names';

/** What the cells of `raw` hold: the text of a CSV cell, the JSON text of a value, or the value itself. */
export type CellKind = 'text' | 'json' | 'typed';

const KINDS: Readonly<Record<SourceFormat, CellKind>> = {
  csv: 'text',
  ndjson: 'json',
  avro: 'json',
  parquet: 'typed',
};

export function cellKind({ format }: Pick<SourcePlan, 'format'>): CellKind {
  return KINDS[format];
}

/** Texts that mean "no value" in the files of a source. */
export function nullValuesOf({ format, csv, nullValues }: SourcePlan): readonly string[] {
  return format === 'csv' ? csv.nullValues : (nullValues ?? []);
}

/** SQL: the file has no value in the plan's column number `index`. Never NULL. */
export function missingCell({ source, columns }: PipelinePlan, index: number): string {
  const cell = cellName(index);
  const values = nullValuesOf(source);
  switch (cellKind(source)) {
    case 'text':
      return isMissing(cell, values);
    case 'json':
      return orNull(cell, jsonTexts(values));
    case 'typed':
      return orNull(cell, columns[index]?.type === 'string' ? values : []);
  }
}

/** SQL: the file has one of these texts in the plan's column number `index`, in quotes or without. */
export function isOneOf(plan: PipelinePlan, index: number, values: readonly string[]): string {
  const texts = cellKind(plan.source) === 'json' ? [...values, ...jsonTexts(values)] : values;
  return isMissing(cellText(plan, index), texts);
}

/** SQL: the typed value of the plan's column number `index`; NULL where there is none or it does not fit. */
export function cellValue(plan: PipelinePlan, index: number): string {
  const column = plan.columns[index];
  if (!column) throw new RangeError(`No such column [index=${index}, pipeline=${plan.pipeline}]`);
  return `CASE WHEN NOT (${missingCell(plan, index)}) THEN ${presentValue(plan, column, cellName(index))} END`;
}

/** SQL: what the file holds in the column, as text for people. */
export function cellText({ source }: PipelinePlan, index: number): string {
  const cell = cellName(index);
  return cellKind(source) === 'typed' ? `CAST(${cell} AS VARCHAR)` : cell;
}

function presentValue({ source }: PipelinePlan, column: ColumnPlan, cell: string): string {
  switch (cellKind(source)) {
    case 'text':
      return parsedCell(column, cell, source.csv.decimal);
    case 'json':
      return parsedJsonCell(column, cell);
    case 'typed':
      return typedCell(column, cell);
  }
}

/** Few values can fail here, such as NaN and integers beyond 64 bits: files of other types were refused. */
function typedCell(column: ColumnPlan, cell: string): string {
  if (column.timezone !== undefined) return zonedToUtc(cell, column.timezone, column.ambiguous);
  const value = `TRY_CAST(${cell} AS ${sqlType(column)})`;
  return column.type === 'double' ? `CASE WHEN isfinite(${value}) THEN ${value} END` : value;
}

function orNull(cell: string, values: readonly string[]): string {
  return values.length === 0 ? `${cell} IS NULL` : `(${cell} IS NULL OR ${isMissing(cell, values)})`;
}
