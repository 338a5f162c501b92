import { z } from 'zod';
import { nameSchema, sqlSchema } from './names';

export const labelSchema = z
  .strictObject({
    name: nameSchema.describe('Name of the label in the feature table.'),
    sql: sqlSchema.describe('SQL expression over one row; rows where it is NULL are not used for training.'),
  })
  .describe('What the model learns to predict.');

export const featureSchema = z.union([
  nameSchema.describe('A column, used as it is.'),
  z.strictObject({
    name: nameSchema.describe('Name of the feature.'),
    sql: sqlSchema.describe('SQL expression over one row, the same in training and serving.'),
    kind: z
      .enum(['numeric', 'categorical'])
      .optional()
      .describe('Default: numeric; categorical where the expression is just a string column.'),
  }),
]);
export type FeatureSpec = z.output<typeof featureSchema>;

export const featuresSchema = z
  .array(featureSchema)
  .min(1)
  .describe('What the model sees of one row: a column name, or a name with an SQL expression.');

export const WINDOW_AGGREGATES = ['count', 'sum', 'mean', 'min', 'max', 'stddev', 'last'] as const;

const aggregate = (text: string): z.ZodOptional<typeof sqlSchema> =>
  sqlSchema.optional().describe(`${text} of this SQL expression over one row; no value is left out.`);

/** What a window's value is made by: one of the aggregates, or a query of one's own. */
export const WINDOW_KINDS = [...WINDOW_AGGREGATES, 'query'] as const;

export const windowSchema = z
  .strictObject({
    name: nameSchema.describe('Name of the feature.'),
    over: z.array(nameSchema).min(1).describe('Columns whose values share one window, e.g. [origin, dest].'),
    days: z
      .int()
      .min(1)
      .max(3650)
      .describe('Number of whole days (UTC) before the day of the row; the day itself is never seen.'),
    rows: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe(
        'Only the last so many rows with a value before the time of the row, its own day included, but none ' +
          'older than `days`.',
      ),
    count: aggregate('Number of values'),
    sum: aggregate('Sum'),
    mean: aggregate('Mean'),
    min: aggregate('Smallest'),
    max: aggregate('Largest'),
    stddev: aggregate('Sample standard deviation'),
    last: aggregate('Last value in time'),
    query: sqlSchema
      .optional()
      .describe(
        'One SELECT of one number FROM history: the rows that share the `over` values, of the `days` days before, ' +
          'as far as they were known then. `days_ago` says how many days before the row they lie.',
      ),
  })
  .refine((item) => WINDOW_KINDS.filter((name) => item[name] !== undefined).length === 1, {
    error: `exactly one of ${WINDOW_KINDS.join(', ')}`,
  })
  .meta({ oneOf: WINDOW_KINDS.map((name) => ({ required: [name] })) });
export type WindowSpec = z.output<typeof windowSchema>;

export const windowsSchema = z
  .array(windowSchema)
  .default([])
  .describe('Rolling features: what happened in the days before.');
