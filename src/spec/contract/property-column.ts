import type { ColumnType } from '../../domain/plan';
import type { Finding, SpecPath } from '../finding';
import type { ColumnSpec } from '../schema/column-schema';
import type { LOGICAL_TYPES, PropertySpec } from '../schema/contract-schema';
import { toStrptime } from './date-format';

type LogicalType = (typeof LOGICAL_TYPES)[number];
type Details = Omit<Exclude<ColumnSpec, string>, 'type'>;

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

/** The standard has no logical type for decimals; their physical type says them. */
const DECIMAL = /^(?:decimal|numeric)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$/i;

/** The column that a property describes. */
export function propertyColumn(
  property: PropertySpec,
  path: SpecPath,
): { readonly column: ColumnSpec; readonly findings: readonly Finding[] } {
  const { format, findings } = propertyFormat(property, path);
  const decimal = property.logicalType === 'number' ? DECIMAL.exec(property.physicalType ?? '') : null;
  const { physicalName, name, logicalTypeOptions } = property;
  const zone = logicalTypeOptions?.defaultTimezone;
  const details: Details = {
    ...(format === undefined ? {} : { format }),
    ...(decimal ? { precision: Number(decimal[1]), scale: Number(decimal[2] ?? 0) } : {}),
    ...(physicalName === undefined || physicalName === name ? {} : { path: physicalName }),
    ...(zone === undefined || zone === 'UTC' || zone === 'Etc/UTC' ? {} : { timezone: zone }),
  };
  const type = decimal ? 'decimal' : TYPES[property.logicalType];
  return { column: Object.keys(details).length === 0 ? type : { type, ...details }, findings };
}

function propertyFormat(
  { logicalType, logicalTypeOptions }: PropertySpec,
  path: SpecPath,
): { readonly format?: string; readonly findings: readonly Finding[] } {
  const format = logicalTypeOptions?.format;
  if (format === undefined || format === WIDTHS[logicalType]) return { findings: [] };
  const formatPath = [...path, 'logicalTypeOptions', 'format'];
  if (logicalType !== 'date' && logicalType !== 'timestamp') {
    const widths = WIDTHS[logicalType];
    const expected = widths === undefined ? 'format only for date and timestamp' : widths;
    return { findings: [badFormat(formatPath, logicalType, expected, format)] };
  }
  const converted = toStrptime(format);
  if (converted === 'iso') return { findings: [] };
  if (converted) return { format: converted.strptime, findings: [] };
  const expected = 'letters such as yyyy, MM, dd, HH, mm, ss, SSS, XXX; other text in single quotes';
  return { findings: [badFormat(formatPath, logicalType, expected, format)] };
}

function badFormat(path: SpecPath, type: LogicalType, expected: string, got: string): Finding {
  return { path, at: 'value', message: `a ${type} cannot have this format`, expected, got: `"${got}"` };
}
