/** Public interface: shown in the CLI and the Web UI, written into every history. Pinned by a test. */
export const WORKFLOWS = {
  datasetIntake: 'datasetIntake',
  pipelineRun: 'pipelineRun',
  trainModel: 'trainModel',
  deployModel: 'deployModel',
  backupPipeline: 'backupPipeline',
  maintainTables: 'maintainTables',
  reconcileIntake: 'reconcileIntake',
  backfillPipeline: 'backfillPipeline',
  trainingPool: 'trainingPool',
} as const;

/** Ids are built from business keys, so that a second start is refused instead of duplicated. */
export const workflowIds = {
  intake: (pipeline: string) => `intake/${pipeline}`,
  /** Of the schedule, too; the one without a pipeline looks at all of them. */
  reconcile: (pipeline?: string) => `reconcile/${pipeline ?? ''}`,
  run: (pipeline: string, batchDigest: string) => `run/${pipeline}/${batchDigest.slice(0, 16)}`,
  train: (pipeline: string, digest: string) => `train/${pipeline}/${digest.slice(0, 16)}`,
  /** Of all pipelines. */
  trainingPool: 'turns/training',
  deploy: (pipeline: string, version: number) => `deploy/${pipeline}/${version}`,
  /** One at a time for a pipeline: two would merge rows of the same days in an order that nobody knows. */
  backfill: (pipeline: string) => `backfill/${pipeline}`,
  backfillPlan: (pipeline: string) => `backfill/${pipeline}/plan`,
  maintain: (pipeline: string) => `maintain/${pipeline}`,
  backup: (pipeline: string, requestedBy: string) => `backup/${pipeline}/${requestedBy}`,
} as const;
