import { z } from 'zod';
import { nameSchema, sqlSchema } from './names';

export const newestSchema = nameSchema
  .optional()
  .describe(
    'Column (integer, date or timestamp) that orders the versions of a row: the largest is the newest. ' +
      'Default: the row that came last.',
  );

export const deleteSchema = z
  .strictObject({
    column: nameSchema.describe('Column that says what happened to the row.'),
    values: z.array(z.string()).min(1).describe('Its values, as text, that mean that the row is gone.'),
  })
  .optional()
  .describe('Which rows are deletes: they take the row of their key out of the tables.');

export const knownAtSchema = sqlSchema
  .optional()
  .describe(
    'SQL expression over one row: when its values became known. Windows of days see it on later days only. ' +
      'Default: at its event time.',
  );
