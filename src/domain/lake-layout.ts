/**
 * Keys inside the lake and backup buckets: the one place that knows where things lie (docs/formats/lake.md).
 * All keys that Millrace writes are immutable, except the pointers marked "swap".
 */
export const lakeLayout = {
  landingPrefix: (pipeline: string) => `raw/${pipeline}/`,

  plan: (pipeline: string, digest: string) => `pipelines/${pipeline}/plans/${digest}.json`,
  /** swap */
  currentPlan: (pipeline: string) => `pipelines/${pipeline}/current.json`,
  pipelinesPrefix: () => 'pipelines/',

  /** All that Millrace has published for a pipeline, and so all that a backup holds. */
  publishedPrefixes: (pipeline: string) =>
    [
      `pipelines/${pipeline}/`,
      `tables/${pipeline}/`,
      `quarantine/${pipeline}/`,
      `models/${pipeline}/artifacts/`,
      `registry/${pipeline}/`,
      `runs/${pipeline}/`,
    ] as const,

  table: (pipeline: string, table: TableName) => `tables/${pipeline}/${table}`,

  batch: (pipeline: string, batchDigest: string) => `runs/${pipeline}/batches/${batchDigest}.json`,
  stageResult: (pipeline: string, stage: string, digest: string) =>
    `runs/${pipeline}/stages/${stage}/${digest}.json`,
  stageArtifact: (pipeline: string, stage: string, digest: string, name: string) =>
    `runs/${pipeline}/stages/${stage}/${digest}/${name}`,
  runSummary: (pipeline: string, runKey: string) => `runs/${pipeline}/summaries/${runKey}.json`,
  runSummariesPrefix: (pipeline: string) => `runs/${pipeline}/summaries/`,

  /** One record per processed object version, create-only. */
  ledgerEntry: (pipeline: string, versionDigest: string) =>
    `runs/${pipeline}/ledger/versions/${versionDigest}.json`,
  ledgerPrefix: (pipeline: string) => `runs/${pipeline}/ledger/versions/`,
  /** swap: the content last accepted for a key */
  ledgerHead: (pipeline: string, keyDigest: string) => `runs/${pipeline}/ledger/heads/${keyDigest}.json`,

  quarantine: (pipeline: string, batchDigest: string) =>
    `quarantine/${pipeline}/batch=${batchDigest}/rejected.parquet`,
  quarantinePrefix: (pipeline: string) => `quarantine/${pipeline}/`,

  checkpoints: (pipeline: string, trainDigest: string) => `models/${pipeline}/checkpoints/${trainDigest}/`,
  modelArtifact: (pipeline: string, trainDigest: string, name: string) =>
    `models/${pipeline}/artifacts/${trainDigest}/${name}`,

  modelVersion: (pipeline: string, version: number) =>
    `registry/${pipeline}/versions/${String(version).padStart(6, '0')}.json`,
  modelVersionsPrefix: (pipeline: string) => `registry/${pipeline}/versions/`,
  /** swap */
  modelAlias: (pipeline: string, alias: ModelAlias) => `registry/${pipeline}/aliases/${alias}.json`,
} as const;

export const backupLayout = {
  object: (pipeline: string, sha256: string) => `${pipeline}/objects/${sha256.slice(0, 2)}/${sha256}`,
  snapshot: (pipeline: string, snapshot: string) => `${pipeline}/snapshots/${snapshot}.json`,
  snapshotsPrefix: (pipeline: string) => `${pipeline}/snapshots/`,
} as const;

export type TableName = 'clean' | 'features';
export type ModelAlias = 'candidate' | 'champion';
