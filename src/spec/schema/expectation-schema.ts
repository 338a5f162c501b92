import { z } from 'zod';
import { COMPARISONS, MEASURE_KINDS } from '../../domain/plan';
import { OPERATORS, UNITS } from '../../domain/requirement';
import { nameSchema } from './names';

export const EXPECTATION_KINDS = [
  'not_null',
  'not_missing',
  'unique',
  'between',
  'in_set',
  'matches',
  'length',
  'multiple_of',
  'compare',
  'references',
  'sql',
  ...MEASURE_KINDS,
] as const;
export type ExpectationKind = (typeof EXPECTATION_KINDS)[number];

interface Bounds {
  readonly min?: number | string | undefined;
  readonly max?: number | string | undefined;
}
const hasBound = ({ min, max }: Bounds): boolean => min !== undefined || max !== undefined;
const isOrdered = ({ min, max }: Bounds): boolean => min === undefined || max === undefined || min <= max;
const NO_BOUND = { error: '`min`, `max` or both' };
const WRONG_ORDER = { error: '`min` not above `max`' };

const column = nameSchema.describe('The column to look at.');
const columnList = z.array(nameSchema).min(1);
const ofColumn = z.strictObject({ column });

const boundSchema = z.union([z.number(), z.string()]);
const betweenSchema = z
  .strictObject({
    column,
    min: boundSchema.optional().describe('Smallest allowed value; a date or time as ISO 8601 text.'),
    max: boundSchema.optional().describe('Largest allowed value.'),
    exclusiveMin: z.literal(true).optional().describe('`min` itself is not allowed.'),
    exclusiveMax: z.literal(true).optional().describe('`max` itself is not allowed.'),
  })
  .refine(hasBound, NO_BOUND)
  .refine(isOrdered, WRONG_ORDER);

const lengthSchema = z
  .strictObject({
    column,
    min: z.int().min(0).optional().describe('Fewest characters.'),
    max: z.int().min(0).optional().describe('Most characters.'),
  })
  .refine(hasBound, NO_BOUND)
  .refine(isOrdered, WRONG_ORDER);

const rowCountSchema = z
  .strictObject({
    min: z.int().min(0).optional().describe('Fewest rows in a batch.'),
    max: z.int().min(0).optional().describe('Most rows in a batch.'),
  })
  .refine(isOrdered, WRONG_ORDER);

const referenceSchema = z
  .strictObject({
    pipeline: z
      .string()
      .optional()
      .describe('A pipeline, whose clean table holds the values; or give `uri`.'),
    version: z.int().min(0).optional().describe('Version of that table; default: the newest.'),
    uri: z
      .string()
      .regex(/^s3:\/\/[^/]+\/.+\.(csv|parquet)$/, { error: 's3://bucket/key.csv or .parquet' })
      .optional()
      .describe('A CSV file with a header line, or a Parquet file.'),
    columns: columnList.describe('Columns there, in the order of the columns here.'),
  })
  .refine(({ pipeline, uri }) => (pipeline === undefined) !== (uri === undefined), {
    error: 'either `pipeline` or `uri`',
  })
  .refine(({ version, uri }) => version === undefined || uri === undefined, {
    error: '`version` only with `pipeline`',
  });

export const sqlQuerySchema = z
  .string()
  .min(1)
  .refine((sql) => !/;\s*\S/.test(sql.replace(/'(?:[^']|'')*'/g, "''")), { error: 'one SELECT statement' });

const pairSchema = z.array(z.number()).length(2, { error: 'two numbers, the smaller first' });
const isAscending = ([low = 0, high = 0]: readonly number[]): boolean => low <= high;
const ASCENDING = { error: 'two numbers, the smaller first' };

/** The comparisons of the Open Data Contract Standard, as keys. */
export const OPERATOR_SHAPE = {
  mustBe: z.number().optional().describe('The number it must be.'),
  mustNotBe: z.number().optional().describe('The number it must not be.'),
  mustBeGreaterThan: z.number().optional().describe('It must be above this number.'),
  mustBeGreaterOrEqualTo: z.number().optional().describe('It must be this number or above it.'),
  mustBeLessThan: z.number().optional().describe('It must be below this number.'),
  mustBeLessOrEqualTo: z.number().optional().describe('It must be this number or below it.'),
  mustBeBetween: pairSchema
    .refine(isAscending, ASCENDING)
    .optional()
    .describe('It must be one of these two numbers or between them.'),
  mustNotBeBetween: pairSchema
    .refine(isAscending, ASCENDING)
    .optional()
    .describe('It must be outside of these two numbers.'),
};

export const onFailSchema = z
  .enum(['block', 'quarantine', 'warn'])
  .describe(
    'block: reject the whole batch; quarantine: set the bad rows aside (default for checks of rows); warn: only ' +
      'report. Checks of the whole batch can block (default) or warn.',
  );

const expectationShape = {
  not_null: columnList.optional().describe('These columns have a value in every row.'),
  not_missing: z
    .strictObject({ column, values: z.array(z.string()).describe('Texts that mean "missing", as written.') })
    .optional()
    .describe('A column has a value, and none of the listed texts.'),
  unique: columnList.optional().describe('No two rows of a batch agree in all of these columns.'),
  between: betweenSchema
    .optional()
    .describe('A number, date or time lies in a range, bounds included; no value passes.'),
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
  length: lengthSchema.optional().describe('A text has a number of characters; no value passes.'),
  multiple_of: z
    .strictObject({ column, factor: z.number().positive().describe('What the value is a multiple of.') })
    .optional()
    .describe('A number is a multiple of another; no value passes.'),
  compare: z
    .strictObject({
      left: nameSchema.describe('A column.'),
      operator: z.enum(COMPARISONS).describe('What must hold between the two.'),
      right: nameSchema.describe('The column it is compared with.'),
    })
    .optional()
    .describe('Two columns of a row stand in this relation; no value passes.'),
  references: z
    .strictObject({
      columns: columnList.describe('Columns of this pipeline.'),
      to: referenceSchema.describe('Where their values must be found.'),
    })
    .optional()
    .describe('The values exist in another table; no value passes.'),
  sql: sqlQuerySchema
    .optional()
    .describe('SELECT * FROM {object} WHERE … finds bad rows; or one number, together with a comparison.'),
  row_count: rowCountSchema.optional().describe('The number of rows in a batch.'),
  mean: ofColumn.optional().describe('Mean of a column over the batch, together with a comparison.'),
  stddev: ofColumn.optional().describe('Standard deviation (of a sample), together with a comparison.'),
  sum: ofColumn.optional().describe('Sum, together with a comparison.'),
  quantile: z
    .strictObject({ column, q: z.number().min(0).max(1).describe('0.5 is the median.') })
    .optional()
    .describe('Quantile (interpolated), together with a comparison.'),
  freshness: ofColumn
    .optional()
    .describe('Age of the newest value when its file was uploaded, together with a comparison and a unit.'),
  drift: z
    .strictObject({
      column,
      bins: z.int().min(2).max(100).default(10).describe('Bins of equal weight; text has one per value.'),
    })
    .optional()
    .describe(
      'Population stability index against the rows that the live model was trained on. Default: warn from 0.1 on, ' +
        'fail from 0.25 on.',
    ),
  ...OPERATOR_SHAPE,
  unit: z
    .enum(UNITS)
    .optional()
    .describe(
      'Of the comparison: rows (default) or percent; for freshness minutes, hours or days (default).',
    ),
  onFail: onFailSchema.optional(),
  name: z.string().min(1).max(120).optional().describe('Name in reports. Default: made of the check.'),
  description: z.string().optional().describe('For people; shown in reports.'),
  severity: z.string().optional().describe('For reports.'),
  dimension: z.string().optional().describe('For reports, such as completeness.'),
};

const oneKind = (item: Readonly<Record<string, unknown>>): boolean =>
  EXPECTATION_KINDS.filter((kind) => item[kind] !== undefined).length === 1;
const ONE_KIND = { error: `exactly one of ${EXPECTATION_KINDS.join(', ')}` };
export const oneOperator = (item: Readonly<Record<string, unknown>>): boolean =>
  OPERATORS.filter((operator) => item[operator] !== undefined).length <= 1;
export const ONE_OPERATOR = { error: `only one of ${OPERATORS.join(', ')}` };

export const expectationSchema = z
  .strictObject(expectationShape)
  .refine(oneKind, ONE_KIND)
  .refine(oneOperator, ONE_OPERATOR)
  .meta({ oneOf: EXPECTATION_KINDS.map((kind) => ({ required: [kind] })) });
export type ExpectationSpec = z.output<typeof expectationSchema>;

export const expectationsSchema = z
  .array(expectationSchema)
  .default([])
  .describe('What the data must look like: one check per line.');
