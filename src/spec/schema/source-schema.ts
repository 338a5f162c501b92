import { z } from 'zod';
import { SOURCE_COMPRESSIONS, SOURCE_FORMATS, TEXT_ENCODINGS } from '../../domain/plan';

const batchSchema = z
  .strictObject({
    maxObjects: z.int().min(1).max(10_000).default(100).describe('Most files in one batch.'),
    maxBytes: z.int().min(1).default(1_073_741_824).describe('Most bytes in one batch.'),
    quietSeconds: z
      .number()
      .min(0)
      .max(86_400)
      .default(5)
      .describe('A batch starts when no file has landed for this many seconds.'),
  })
  .describe('When waiting files become one run: whichever limit is reached first.');

const csvSchema = z
  .strictObject({
    delimiter: z
      .string()
      .length(1)
      .default(',')
      .describe('The one character between cells; write a tab as "\\t".'),
    quote: z
      .string()
      .length(1)
      .default('"')
      .describe('The one character around cells that hold a delimiter.'),
    escape: z
      .string()
      .length(1)
      .optional()
      .describe(
        'What stands before a quote inside a quoted cell, such as "\\\\". Default: the quote, doubled.',
      ),
    header: z
      .boolean()
      .optional()
      .describe('false: no header line, cells stand in the order of `columns`. Default: true.'),
    encoding: z
      .enum(TEXT_ENCODINGS)
      .optional()
      .describe('Encoding of the text. Default: UTF-8, or what the byte order mark says.'),
    decimal: z.enum(['.', ',']).optional().describe('Decimal mark of numbers. Default: a point.'),
    nullValues: z
      .array(z.string())
      .default([''])
      .describe('Cell texts that mean "no value", each in quotes: ["", "NA"].'),
  })
  .describe('How the CSV files are written.');

export const prefixSchema = z
  .string()
  .regex(/^[^/].*\/$/, { error: 'a key prefix such as raw/flights/ (no leading /, with a trailing /)' });

export const sourceSchema = z
  .strictObject({
    prefix: prefixSchema.optional().describe('Where files land in the lake bucket. Default: raw/<pipeline>/'),
    format: z.enum(SOURCE_FORMATS).default('csv').describe('File format.'),
    compression: z
      .enum(SOURCE_COMPRESSIONS)
      .optional()
      .describe(
        'Of CSV and NDJSON files. Default: the name (.gz, .zst) and the first bytes of each file tell.',
      ),
    csv: csvSchema.prefault({}),
    nullValues: z
      .array(z.string())
      .optional()
      .describe('Strings that mean "no value" in NDJSON, Parquet and Avro, besides null. Default: none.'),
    minObjectBytes: z.int().min(0).default(0).describe('Smaller files are recorded and skipped; 0 = off.'),
    batch: batchSchema.prefault({}),
    reconcileMinutes: z
      .int()
      .min(0)
      .max(10_080)
      .default(15)
      .describe(
        'How often the landing zone is compared with what was processed, for files whose event was lost; 0 = never.',
      ),
  })
  .describe('Where the data comes from.');
export type SourceSpec = z.output<typeof sourceSchema>;
