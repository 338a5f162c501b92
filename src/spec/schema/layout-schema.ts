import { z } from 'zod';
import { PARTITION_UNITS } from '../../domain/period';

export const layoutSchema = z
  .strictObject({
    partitionBy: z
      .enum(PARTITION_UNITS)
      .default('day')
      .describe('One file per day, month or year (UTC) of the event time. It stays as the tables began.'),
  })
  .describe('How the files of the tables lie.');
