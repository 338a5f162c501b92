import type { ColumnType } from '../../domain/plan';
import type { Finding, SpecPath } from '../finding';
import type { ColumnSpec } from '../schema/column-schema';
import type { LOGICAL_TYPES, PropertySpec } from '../schema/contract-schema';
import { toStrptime } from './date-format';

type LogicalType = (typeof LOGICAL_TYPES)[number];

const TYPES: Readonly<Record<LogicalType, ColumnType>> = {
  string: 'string',
  integer: 'integer',
  number: 'double',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
};

/** The only formats of numbers that say what is so anyway. */
const WIDTHS: Readonly<Partial<Record<LogicalType, string>>> = { integer: 'i64', number: 'f64' };

/** The column that a property describes. */
export function propertyColumn(
  { logicalType, logicalTypeOptions }: PropertySpec,
  path: SpecPath,
): { readonly column: ColumnSpec; readonly findings: readonly Finding[] } {
  const type = TYPES[logicalType];
  const format = logicalTypeOptions?.format;
  if (format === undefined || format === WIDTHS[logicalType]) return { column: type, findings: [] };
  const formatPath = [...path, 'logicalTypeOptions', 'format'];
  if (type !== 'date' && type !== 'timestamp') {
    const widths = WIDTHS[logicalType];
    const expected = widths === undefined ? 'format only for date and timestamp' : widths;
    return { column: type, findings: [badFormat(formatPath, logicalType, expected, format)] };
  }
  const converted = toStrptime(format);
  if (converted === 'iso') return { column: type, findings: [] };
  if (converted) return { column: { type, format: converted.strptime }, findings: [] };
  const expected = 'letters such as yyyy, MM, dd, HH, mm, ss, SSS, XXX; other text in single quotes';
  return { column: type, findings: [badFormat(formatPath, logicalType, expected, format)] };
}

function badFormat(path: SpecPath, type: LogicalType, expected: string, got: string): Finding {
  return { path, at: 'value', message: `a ${type} cannot have this format`, expected, got: `"${got}"` };
}
