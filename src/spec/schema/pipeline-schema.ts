import { z } from 'zod';
import { columnsSchema } from './column-schema';
import { contractSchema } from './contract-schema';
import { deleteSchema, knownAtSchema, newestSchema } from './merge-schema';
import { expectationsSchema } from './expectation-schema';
import { featuresSchema, labelSchema, windowsSchema } from './feature-schema';
import { nameSchema, pipelineNameSchema } from './names';
import { notifySchema } from './notify-schema';
import { layoutSchema } from './layout-schema';
import { sourceSchema } from './source-schema';
import { backupSchema, deploySchema, gateSchema, quarantineSchema, trainingSchema } from './training-schema';

/** A pipeline file of version 1, as its author writes it. */
export const pipelineSchema = z.strictObject({
  version: z.literal(1).describe('Version of this file format.'),
  pipeline: pipelineNameSchema.describe('Name of the pipeline: it names workflows, folders and the model.'),
  description: z.string().default('').describe('What it is for, in a sentence.'),
  source: sourceSchema.prefault({}),
  contract: z
    .union([
      z.string().min(1).describe('A YAML file beside this one.'),
      contractSchema.describe('The contract itself.'),
    ])
    .optional()
    .describe('Open Data Contract Standard 3.1; or say `columns`, `key` and `expectations` here.'),
  columns: columnsSchema.optional(),
  key: z
    .array(nameSchema)
    .min(1)
    .optional()
    .describe('Columns that together identify a row; a later row replaces an earlier one.'),
  eventTime: nameSchema.describe('The date or timestamp column (UTC) that days and windows follow.'),
  knownAt: knownAtSchema,
  newest: newestSchema,
  delete: deleteSchema,
  layout: layoutSchema.prefault({}),
  expectations: expectationsSchema,
  quarantine: quarantineSchema.prefault({}),
  label: labelSchema,
  features: featuresSchema,
  windows: windowsSchema,
  training: trainingSchema,
  gate: gateSchema.prefault({}),
  deploy: deploySchema.prefault({}),
  backup: backupSchema.prefault({}),
  notify: notifySchema,
});
export type PipelineSpec = z.output<typeof pipelineSchema>;
