import { z } from 'zod';
import { NOTIFY_EVENTS } from '../../domain/plan';

const VARIABLE = /^MILLRACE_NOTIFY_[A-Z0-9_]{1,100}$/;

const notifyItemSchema = z.strictObject({
  kind: z
    .enum(['webhook', 'slack', 'sns'])
    .describe('webhook: the news as JSON by POST; slack: an incoming webhook; sns: an SNS topic.'),
  addressFrom: z
    .string()
    .regex(VARIABLE, { error: 'the name of an environment variable that begins with MILLRACE_NOTIFY_' })
    .describe('Environment variable of the workers with the URL or topic ARN: addresses may be secrets.'),
  on: z
    .array(z.enum(NOTIFY_EVENTS))
    .min(1)
    .default(['rejected', 'failed', 'rolled_back'])
    .describe('What is news.'),
});

export const notifySchema = z
  .array(notifyItemSchema)
  .max(10)
  .default([])
  .describe('Who is told what a run came to.');
