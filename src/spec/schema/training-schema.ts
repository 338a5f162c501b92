import { z } from 'zod';

const fraction = z.number().min(0.000_001).max(1);

// Names and ranges are those of the trainer (trainer/millrace_trainer/hyperparameters.py).
const hyperparametersSchema = z
  .strictObject({
    num_round: z.int().min(1).max(100_000).default(200).describe('Number of trees.'),
    max_depth: z.int().min(1).max(24).default(6).describe('Depth of a tree.'),
    eta: fraction.default(0.1).describe('Learning rate.'),
    seed: z.int().min(0).max(2_000_000_000).default(0).describe('Random seed.'),
    subsample: fraction.optional().describe('Share of the rows that a tree sees.'),
    colsample_bytree: fraction.optional().describe('Share of the features that a tree sees.'),
    min_child_weight: z.number().min(0).max(1e9).optional().describe('Smallest weight of a leaf.'),
    early_stopping_rounds: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('Stop when the metric has not improved for this many trees. Default: never.'),
    checkpoint_rounds: z.int().min(1).max(100_000).optional().describe('Trees between two checkpoints.'),
    nthread: z.int().min(0).max(1024).optional().describe('CPU threads; 0 = as many as the machine has.'),
  })
  .describe('XGBoost parameters.');

export const trainingSchema = z
  .strictObject({
    task: z.enum(['binary_classification', 'regression']).describe('What kind of label it is.'),
    metric: z
      .enum(['auc', 'logloss', 'rmse', 'mae'])
      .describe('What models are compared by: auc, logloss (classification); rmse, mae (regression).'),
    holdoutDays: z
      .int()
      .min(1)
      .max(3650)
      .describe('The last N days are never trained on: models are compared there.'),
    device: z.enum(['auto', 'cpu', 'cuda']).default('auto').describe('auto: the GPU when there is one.'),
    hyperparameters: hyperparametersSchema.prefault({}),
  })
  .describe('How the model is trained.');

export const gateSchema = z
  .strictObject({
    minImprovementPercent: z
      .number()
      .min(0)
      .max(1000)
      .default(0)
      .describe('A new model goes live only if it is better than the live one by more than this, relative.'),
  })
  .describe('When a new model replaces the live one.');

export const deploySchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Put an accepted model live.'),
    goldenTolerance: z
      .number()
      .min(0)
      .max(1)
      .default(0.000_01)
      .describe('Largest difference between a prediction made in training and the served one.'),
  })
  .describe('How a model goes live.');

export const backupSchema = z
  .strictObject({ enabled: z.boolean().default(true).describe('Back up everything a run published.') })
  .describe('Backup after each run.');

export const quarantineSchema = z
  .strictObject({
    maxPercent: z
      .number()
      .min(0)
      .max(100)
      .default(5)
      .describe('A batch with a larger share of bad rows is rejected whole.'),
  })
  .describe('How many bad rows a batch may have.');
