import { z } from 'zod';
import { loadTemporalSettings, type TemporalSettings } from './temporal-settings';

/** Everything a Millrace process needs to know about its surroundings. Secrets stay in memory only. */
export interface Settings {
  readonly temporal: TemporalSettings;
  readonly store: {
    /** Absent = Amazon S3. */
    readonly endpoint?: string;
    readonly region: string;
    /** Absent = the AWS SDK's default provider chain. */
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly lakeBucket: string;
  readonly backupBucket: string;
  readonly serving: { readonly url: string; readonly adminToken: string };
  /** Where activities keep local files while they work. */
  readonly scratchDirectory: string;
  readonly trainer: {
    /** Python interpreter of the trainer's environment. */
    readonly python: string;
    /** Holds the package `millrace_trainer` and its lock file. */
    readonly directory: string;
  };
  /** Bulk activities that one worker process does at the same time. */
  readonly slots: { readonly data: number; readonly train: number };
  /** Trainings at a time on all workers together; absent = only the slots of each worker count. */
  readonly maxTrainings?: number;
  readonly engine: { readonly memoryLimitMegabytes: number; readonly threads: number };
  /** When the transform stage hands groups of partitions to activities of their own, and how many at a time. */
  readonly transform: { readonly splitBytes: number; readonly parallel: number };
  /** See docs/how-to/inject-faults.md; empty in production. */
  readonly faults: string;
}

/** Whoever trains is remembered in a workflow whose state has to stay small. */
const MOST_TRAININGS = 32;

const environment = z.object({
  AWS_ENDPOINT_URL_S3: z.string().optional(),
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  MILLRACE_LAKE_BUCKET: z.string().default('lake'),
  MILLRACE_BACKUP_BUCKET: z.string().default('backup'),
  MILLRACE_SERVING_URL: z.string().default('http://127.0.0.1:8080'),
  MILLRACE_ADMIN_TOKEN: z.string().default(''),
  MILLRACE_SCRATCH_DIR: z.string().default('.millrace/scratch'),
  MILLRACE_TRAINER_PYTHON: z.string().default('trainer/.venv/bin/python'),
  MILLRACE_TRAINER_DIR: z.string().default('trainer'),
  MILLRACE_DATA_SLOTS: z.coerce.number().int().positive().default(2),
  MILLRACE_TRAIN_SLOTS: z.coerce.number().int().positive().default(2),
  MILLRACE_MAX_TRAININGS: z.coerce.number().int().positive().max(MOST_TRAININGS).optional(),
  MILLRACE_MEMORY_LIMIT_MB: z.coerce.number().int().positive().default(1024),
  MILLRACE_THREADS: z.coerce.number().int().positive().default(2),
  MILLRACE_TRANSFORM_SPLIT_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(1024 ** 3),
  MILLRACE_TRANSFORM_PARALLEL: z.coerce.number().int().positive().default(8),
  MILLRACE_FAULTS: z.string().default(''),
});

/** Reads settings from environment variables. @throws Error naming each bad variable. */
export function loadSettings(variables: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`Bad environment variables: ${problems.join('; ')}`);
  }
  const env = parsed.data;
  return {
    temporal: loadTemporalSettings(variables),
    store: {
      ...(env.AWS_ENDPOINT_URL_S3 ? { endpoint: env.AWS_ENDPOINT_URL_S3 } : {}),
      region: env.AWS_REGION,
      ...(env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY
        ? { credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY } }
        : {}),
    },
    lakeBucket: env.MILLRACE_LAKE_BUCKET,
    backupBucket: env.MILLRACE_BACKUP_BUCKET,
    serving: { url: env.MILLRACE_SERVING_URL, adminToken: env.MILLRACE_ADMIN_TOKEN },
    scratchDirectory: env.MILLRACE_SCRATCH_DIR,
    trainer: { python: env.MILLRACE_TRAINER_PYTHON, directory: env.MILLRACE_TRAINER_DIR },
    slots: { data: env.MILLRACE_DATA_SLOTS, train: env.MILLRACE_TRAIN_SLOTS },
    ...(env.MILLRACE_MAX_TRAININGS === undefined ? {} : { maxTrainings: env.MILLRACE_MAX_TRAININGS }),
    engine: { memoryLimitMegabytes: env.MILLRACE_MEMORY_LIMIT_MB, threads: env.MILLRACE_THREADS },
    transform: {
      splitBytes: env.MILLRACE_TRANSFORM_SPLIT_BYTES,
      parallel: env.MILLRACE_TRANSFORM_PARALLEL,
    },
    faults: env.MILLRACE_FAULTS,
  };
}
