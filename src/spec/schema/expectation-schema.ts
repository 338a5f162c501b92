import { z } from 'zod';
import { nameSchema } from './names';

const EXPECTATION_KINDS = ['not_null', 'unique', 'between', 'in_set', 'matches', 'row_count'] as const;

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}
const hasBound = ({ min, max }: Bounds): boolean => min !== undefined || max !== undefined;
const isOrdered = ({ min, max }: Bounds): boolean => min === undefined || max === undefined || min <= max;
const NO_BOUND = { error: '`min`, `max` or both' };
const WRONG_ORDER = { error: '`min` not above `max`' };

const column = nameSchema.describe('The column to look at.');
const columnList = z.array(nameSchema).min(1);

const betweenSchema = z
  .strictObject({
    column,
    min: z.number().optional().describe('Smallest allowed value.'),
    max: z.number().optional().describe('Largest allowed value.'),
  })
  .refine(hasBound, NO_BOUND)
  .refine(isOrdered, WRONG_ORDER);

const rowCountSchema = z
  .strictObject({
    min: z.int().min(0).optional().describe('Fewest rows in a batch.'),
    max: z.int().min(0).optional().describe('Most rows in a batch.'),
  })
  .refine(hasBound, NO_BOUND)
  .refine(isOrdered, WRONG_ORDER);

export const expectationSchema = z
  .strictObject({
    not_null: columnList.optional().describe('These columns have a value in every row.'),
    unique: columnList.optional().describe('No two rows of a batch agree in all of these columns.'),
    between: betweenSchema.optional().describe('A number lies in a range, bounds included; no value passes.'),
    in_set: z
      .strictObject({ column, values: z.array(z.string()).min(1).describe('The allowed values, as text.') })
      .optional()
      .describe('A column holds one of the listed values; no value passes.'),
    matches: z
      .strictObject({
        column,
        pattern: z.string().min(1).describe('Regular expression (RE2), found anywhere.'),
      })
      .optional()
      .describe('A text column matches a regular expression; no value passes.'),
    row_count: rowCountSchema.optional().describe('The number of rows in a batch.'),
    onFail: z
      .enum(['block', 'quarantine', 'warn'])
      .optional()
      .describe(
        'block: reject the whole batch; quarantine: set the bad rows aside (default); warn: only report. ' +
          'row_count can block (default) or warn.',
      ),
  })
  .refine((item) => EXPECTATION_KINDS.filter((kind) => item[kind] !== undefined).length === 1, {
    error: `exactly one of ${EXPECTATION_KINDS.join(', ')}`,
  })
  .meta({ oneOf: EXPECTATION_KINDS.map((kind) => ({ required: [kind] })) });
export type ExpectationSpec = z.output<typeof expectationSchema>;

export const expectationsSchema = z
  .array(expectationSchema)
  .default([])
  .describe('What the data must look like: one check per line.');
