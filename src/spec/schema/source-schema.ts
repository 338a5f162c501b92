import { z } from 'zod';

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
    nullValues: z
      .array(z.string())
      .default([''])
      .describe('Cell texts that mean "no value", each in quotes: ["", "NA"].'),
  })
  .describe('How the CSV files are written. Every file begins with a header line.');

export const prefixSchema = z
  .string()
  .regex(/^[^/].*\/$/, { error: 'a key prefix such as raw/flights/ (no leading /, with a trailing /)' });

export const sourceSchema = z
  .strictObject({
    prefix: prefixSchema.optional().describe('Where files land in the lake bucket. Default: raw/<pipeline>/'),
    format: z.enum(['csv']).default('csv').describe('File format.'),
    csv: csvSchema.prefault({}),
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
