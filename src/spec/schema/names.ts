import { z } from 'zod';

const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const PIPELINE_PATTERN = /^[a-z][a-z0-9-]{0,62}$/;

// The text of each `error` is what the author reads after "expected".

/** Columns, label, features and windows: also column names of the published tables, so no quoting is ever needed. */
export const nameSchema = z
  .string()
  .regex(NAME_PATTERN, { error: 'letters, digits and _, not starting with a digit, at most 63 characters' });

export const pipelineNameSchema = z.string().regex(PIPELINE_PATTERN, {
  error: 'lower-case letters, digits and -, starting with a letter, at most 63 characters',
});

export const sqlSchema = z
  .string()
  .min(1)
  .refine((sql) => !/;|--|\/\*/.test(sql.replace(/'(?:[^']|'')*'/g, "''")), {
    error: 'one SQL expression without ";" and comments',
  });
