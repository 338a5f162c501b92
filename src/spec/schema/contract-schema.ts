import { z } from 'zod';
import {
  expectationSchema,
  ONE_OPERATOR,
  oneOperator,
  onFailSchema,
  OPERATOR_SHAPE,
  sqlQuerySchema,
} from './expectation-schema';
import { isTimeZone } from './column-schema';
import { nameSchema } from './names';

// The Open Data Contract Standard 3.1, in its own words: https://bitol-io.github.io/open-data-contract-standard/

/** Part of the standard and kept in the file; nothing is done with it. */
const noted = (what: string): z.ZodOptional<z.ZodUnknown> =>
  z.unknown().optional().describe(`${what} For people and other tools; Millrace does nothing with it.`);

const ELEMENT_NOTES = {
  id: noted('Stable id of the element.'),
  businessName: noted('Name in the business.'),
  authoritativeDefinitions: noted('Links to definitions.'),
  tags: noted('Tags.'),
  customProperties: noted('Own additions.'),
  relationships: noted('Relations to other elements.'),
};

const customPropertySchema = z.strictObject({
  id: noted('Stable id.'),
  property: z.string().describe('Its name; Millrace knows `onFail`.'),
  value: z.unknown().describe('Its value.'),
  description: noted('What it is.'),
});

const cellSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const argumentsSchema = z.strictObject({
  missingValues: z.array(cellSchema).optional().describe('For missingValues: what counts as missing.'),
  validValues: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .optional()
    .describe('For invalidValues: the allowed values.'),
  pattern: z.string().min(1).optional().describe('For invalidValues: regular expression (RE2).'),
  properties: z.array(nameSchema).min(1).optional().describe('For duplicateValues: columns taken together.'),
});

export const QUALITY_METRICS = [
  'nullValues',
  'missingValues',
  'invalidValues',
  'duplicateValues',
  'rowCount',
] as const;

export const DIMENSIONS = [
  'accuracy',
  'completeness',
  'conformity',
  'consistency',
  'coverage',
  'timeliness',
  'uniqueness',
] as const;

export const qualitySchema = z
  .strictObject({
    id: noted('Stable id of the check.'),
    name: z.string().min(1).max(120).optional().describe('Name in reports. Default: made of the check.'),
    description: z.string().optional().describe('For people; shown in reports.'),
    type: z
      .enum(['library', 'sql', 'text', 'custom'])
      .optional()
      .describe('library (default): a metric; sql: a query; text: for people; custom: see `engine`.'),
    metric: z.enum(QUALITY_METRICS).optional().describe('What is counted.'),
    arguments: argumentsSchema.optional().describe('Arguments of the metric.'),
    ...OPERATOR_SHAPE,
    unit: z.enum(['rows', 'percent']).optional().describe('Of the comparison: rows (default) or percent.'),
    query: sqlQuerySchema
      .optional()
      .describe(
        'For sql: one SELECT of bad rows, or of one number; {object} is the batch, {property} the column.',
      ),
    engine: z.string().optional().describe('For custom: `millrace`; checks of other engines are only noted.'),
    implementation: expectationSchema
      .optional()
      .describe('For custom with the engine millrace: an item as in `expectations`.'),
    onFail: onFailSchema.optional().describe('Ours: block, quarantine or warn; also as a custom property.'),
    dimension: z.enum(DIMENSIONS).optional().describe('Dimension of data quality, for reports.'),
    severity: z
      .string()
      .optional()
      .describe('For reports; info and warning do not fail: they mean onFail: warn.'),
    businessImpact: noted('Consequences of a failure.'),
    method: noted('Method.'),
    schedule: noted('When to check.'),
    scheduler: noted('Who checks when.'),
    tags: noted('Tags.'),
    authoritativeDefinitions: noted('Links to definitions.'),
    customProperties: z.array(customPropertySchema).optional().describe('Own additions: `onFail`.'),
  })
  .refine(oneOperator, ONE_OPERATOR);
export type QualitySpec = z.output<typeof qualitySchema>;

const qualityListSchema = z.array(qualitySchema).optional().describe('Checks: metrics, SQL, custom.');

const boundSchema = z.union([z.number(), z.string()]);
const logicalTypeOptionsSchema = z.strictObject({
  minLength: z.int().min(0).optional().describe('Fewest characters of a string.'),
  maxLength: z.int().min(0).optional().describe('Most characters of a string.'),
  pattern: z.string().min(1).optional().describe('Regular expression (RE2) for a string.'),
  minimum: boundSchema.optional().describe('Smallest allowed number, or date as ISO 8601 text.'),
  maximum: boundSchema.optional().describe('Largest allowed number, or date as ISO 8601 text.'),
  exclusiveMinimum: boundSchema.optional().describe('Values must be above this.'),
  exclusiveMaximum: boundSchema.optional().describe('Values must be below this.'),
  multipleOf: z.number().positive().optional().describe('Numbers are multiples of this.'),
  format: z
    .string()
    .optional()
    .describe('How a date or timestamp is written: JDK letters (yyyy-MM-dd) or strptime (%Y-%m-%d).'),
  timezone: noted('Whether timestamps say their zone.'),
  defaultTimezone: z
    .string()
    .refine(isTimeZone, { error: 'an IANA time zone such as America/New_York' })
    .optional()
    .describe('Zone of timestamps that are written without an offset. Default: UTC.'),
});

/** Types of the standard that a column of a table can have. */
export const LOGICAL_TYPES = ['string', 'integer', 'number', 'boolean', 'date', 'timestamp'] as const;

export const propertySchema = z.strictObject({
  name: nameSchema.describe('Name of the column.'),
  logicalType: z.enum(LOGICAL_TYPES).describe('string, integer (64 bit), number, boolean, date, timestamp.'),
  logicalTypeOptions: logicalTypeOptionsSchema.optional().describe('Range, length, pattern, format.'),
  required: z.boolean().optional().describe('The column has a value in every row.'),
  unique: z.boolean().optional().describe('No value is there twice in a batch.'),
  primaryKey: z.boolean().optional().describe('Part of the key that identifies a row.'),
  primaryKeyPosition: z.int().min(-1).optional().describe('Place in the key, from 1 on.'),
  description: noted('What it holds.'),
  quality: qualityListSchema,
  physicalName: z
    .string()
    .optional()
    .describe(
      'Where the value lies in NDJSON, Parquet and Avro records: names joined by dots such as user.id.',
    ),
  physicalType: z.string().optional().describe('Type in the source; decimal(12,2) makes a number a decimal.'),
  classification: noted('Confidentiality.'),
  criticalDataElement: noted('Whether it is critical.'),
  encryptedName: noted('Encrypted counterpart.'),
  examples: noted('Examples.'),
  partitioned: noted('Whether it partitions the source.'),
  partitionKeyPosition: noted('Place among the partition columns.'),
  transformDescription: noted('How it is made.'),
  transformLogic: noted('How it is made.'),
  transformSourceObjects: noted('What it is made of.'),
  ...ELEMENT_NOTES,
});
export type PropertySpec = z.output<typeof propertySchema>;

const schemaObjectSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the table; `{object}` in queries.'),
  logicalType: z.literal('object').optional().describe('object'),
  physicalType: noted('Such as table or file.'),
  physicalName: noted('Name in the source.'),
  description: noted('What it holds.'),
  dataGranularityDescription: noted('What a row is.'),
  properties: z
    .array(propertySchema)
    .min(1)
    .describe('Every column of the files, in the order of the header.'),
  quality: qualityListSchema,
  ...ELEMENT_NOTES,
});

export const slaSchema = z.strictObject({
  id: noted('Stable id.'),
  property: z.string().describe('latency (or freshness) is checked; others are only noted.'),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]).describe('Agreed value.'),
  valueExt: noted('Extended value.'),
  unit: z.string().optional().describe('d, h, m and their long forms.'),
  element: z.string().optional().describe('table.column; default: the event time.'),
  driver: noted('Why it was agreed.'),
  description: z.string().optional().describe('For people; shown in reports.'),
  schedule: noted('When to check.'),
  scheduler: noted('Who checks when.'),
});
export type SlaSpec = z.output<typeof slaSchema>;

export const contractSchema = z.strictObject({
  apiVersion: z
    .string()
    .regex(/^v3\.[01]\.\d+$/, { error: 'v3.1.0' })
    .describe('Version of the standard: v3.1.0 (files of v3.0 are read as well).'),
  kind: z.literal('DataContract').describe('DataContract'),
  id: z.string().min(1).describe('Identifies the contract.'),
  version: z.string().min(1).describe('Version of the contract.'),
  status: z.string().min(1).describe('Such as active.'),
  schema: z
    .array(schemaObjectSchema)
    .refine((tables) => tables.length === 1, { error: 'exactly one table' })
    .describe('The one table that the files hold rows of.'),
  slaProperties: z.array(slaSchema).optional().describe('Service levels: latency is checked.'),
  name: noted('Name.'),
  description: noted('Purpose, usage, limitations.'),
  tenant: noted('Tenant.'),
  domain: noted('Domain.'),
  dataProduct: noted('Data product.'),
  tags: noted('Tags.'),
  servers: noted('Where the data is.'),
  support: noted('Whom to ask.'),
  price: noted('Price.'),
  team: noted('Team.'),
  roles: noted('Roles.'),
  slaDefaultElement: noted('Deprecated by the standard.'),
  authoritativeDefinitions: noted('Links to definitions.'),
  customProperties: noted('Own additions.'),
  contractCreatedTs: noted('When it was created.'),
});
