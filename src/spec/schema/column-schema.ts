import { z } from 'zod';
import { AMBIGUOUS_TIMES, COLUMN_TYPES } from '../../domain/plan';
import { nameSchema } from './names';

const columnTypeSchema = z
  .enum(COLUMN_TYPES)
  .describe('string, integer (64 bit), double, decimal, boolean, date or timestamp (UTC).');

export const columnSchema = z.union([
  columnTypeSchema,
  z.strictObject({
    type: columnTypeSchema,
    format: z
      .string()
      .regex(/%/, { error: 'a strptime format such as "%d/%m/%Y %H:%M"' })
      .optional()
      .describe(
        'How a date or timestamp is written (strptime). Default: ISO 8601, e.g. 2013-01-31T10:00:00Z.',
      ),
    precision: z.int().min(1).max(38).optional().describe('Digits in all of a decimal.'),
    scale: z.int().min(0).max(38).optional().describe('Digits after the point of a decimal. Default: 0.'),
    path: z
      .string()
      .regex(/^[^."[\]\s]+(\.[^."[\]\s]+)*$/, { error: 'names joined by dots such as user.id' })
      .optional()
      .describe('Where the value lies in NDJSON, Parquet and Avro records. Default: the name of the column.'),
    timezone: z
      .string()
      .refine(isTimeZone, { error: 'an IANA time zone such as America/New_York' })
      .optional()
      .describe('Zone of timestamps that are written without an offset. Default: UTC.'),
    ambiguous: z
      .enum(AMBIGUOUS_TIMES)
      .optional()
      .describe('What a local time is that the clock showed twice: reject (default), earlier or later.'),
  }),
]);
/** Zone names only: an offset such as +02:00 knows no clock change, and belongs into the data. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export type ColumnSpec = z.output<typeof columnSchema>;

export const columnsSchema = z
  .record(nameSchema, columnSchema)
  .describe('Every column of the files and its type, in the order of the header line: `distance: integer`.');
