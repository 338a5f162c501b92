import { z } from 'zod';
import { COLUMN_TYPES } from '../../domain/plan';
import { nameSchema } from './names';

const columnTypeSchema = z
  .enum(COLUMN_TYPES)
  .describe('string, integer (64 bit), double, boolean, date or timestamp (UTC).');

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
  }),
]);
export type ColumnSpec = z.output<typeof columnSchema>;

export const columnsSchema = z
  .record(nameSchema, columnSchema)
  .describe('Every column of the files and its type, in the order of the header line: `distance: integer`.');
