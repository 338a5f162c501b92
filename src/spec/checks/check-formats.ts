import type { ColumnType } from '../../domain/plan';
import type { Finding, SpecPath } from '../finding';
import type { ColumnSpec } from '../schema/column-schema';
import type { SourceSpec } from '../schema/source-schema';
import type { SpecView } from '../spec-view';

type ColumnDetails = Exclude<ColumnSpec, string>;

/** Each detail of a column and of the source belongs to some types or formats only. */
export function checkFormats({ columns, columnPath, source }: SpecView): readonly Finding[] {
  return [
    ...(source ? checkSource(source) : []),
    ...[...(columns ?? [])].flatMap(([name, column]) =>
      column === undefined || typeof column === 'string'
        ? needsPrecision(column, columnPath(name))
        : checkColumn(column, columnPath(name), source),
    ),
  ];
}

const ALLOWED: readonly (readonly [keyof ColumnDetails, readonly ColumnType[]])[] = [
  ['format', ['date', 'timestamp']],
  ['precision', ['decimal']],
  ['scale', ['decimal']],
  ['timezone', ['timestamp']],
  ['ambiguous', ['timestamp']],
];

function checkColumn(
  column: ColumnDetails,
  path: SpecPath,
  source: SourceSpec | undefined,
): readonly Finding[] {
  return [
    ...ALLOWED.flatMap(([key, types]) =>
      column[key] === undefined || types.includes(column.type)
        ? []
        : [
            misplaced(
              [...path, key],
              `a ${column.type} column has no ${key}`,
              onlyFor(types),
              `type ${column.type}`,
            ),
          ],
    ),
    ...needsPrecision(column.type, path, column),
    ...(column.ambiguous !== undefined && column.timezone === undefined
      ? [misplaced([...path, 'ambiguous'], 'without a timezone no time is ambiguous', 'a timezone beside it')]
      : []),
    ...(column.path !== undefined && source?.format === 'csv'
      ? [
          misplaced(
            [...path, 'path'],
            'CSV columns have no path: the header line names them',
            onlyFor(['ndjson', 'parquet', 'avro']),
            'format csv',
          ),
        ]
      : []),
  ];
}

function needsPrecision(
  type: ColumnType | undefined,
  path: SpecPath,
  { precision, scale = 0 }: Partial<ColumnDetails> = {},
): readonly Finding[] {
  if (type !== 'decimal') return [];
  if (precision === undefined) {
    return [
      {
        path,
        at: 'value',
        message: 'a decimal column has no precision',
        expected: 'digits in all, and after the point: {type: decimal, precision: 12, scale: 2}',
      },
    ];
  }
  if (scale <= precision) return [];
  return [
    {
      path: [...path, 'scale'],
      at: 'value',
      message: 'a decimal cannot have more digits after the point than in all',
      expected: `at most ${precision}`,
      got: String(scale),
    },
  ];
}

function checkSource({ format, compression, nullValues }: SourceSpec): readonly Finding[] {
  const isText = format === 'csv' || format === 'ndjson';
  return [
    ...(compression !== undefined && !isText
      ? [
          misplaced(
            ['source', 'compression'],
            `${format} files compress themselves`,
            onlyFor(['csv', 'ndjson']),
            `format ${format}`,
          ),
        ]
      : []),
    ...(nullValues !== undefined && format === 'csv'
      ? [misplaced(['source', 'nullValues'], 'CSV files have their own', 'source.csv.nullValues')]
      : []),
  ];
}

function onlyFor(names: readonly string[]): string {
  return `only for ${names.join(' or ')}`;
}

function misplaced(path: SpecPath, message: string, expected: string, got?: string): Finding {
  return { path, at: 'key', message, expected, ...(got === undefined ? {} : { got }) };
}
