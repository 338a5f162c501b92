import { STAGES } from './stage';

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

  /**
   * All that Millrace has published for a pipeline, and so all that a backup holds. What refers to others comes
   * before what it refers to: listed in this order, a moving lake never shows a reference without its target.
   */
  publishedPrefixes: (pipeline: string): readonly string[] => [
    `runs/${pipeline}/reports/`,
    `runs/${pipeline}/summaries/`,
    `registry/${pipeline}/aliases/`,
    `registry/${pipeline}/versions/`,
    `runs/${pipeline}/ledger/versions/`,
    `runs/${pipeline}/ledger/heads/`,
    `runs/${pipeline}/ledger/removed/`,
    `runs/${pipeline}/ledger/again/`,
    ...STAGES.toReversed().map((stage) => `runs/${pipeline}/stages/${stage}/`),
    `runs/${pipeline}/replays/log/`,
    `runs/${pipeline}/batches/`,
    `runs/${pipeline}/replays/rows/`,
    `runs/${pipeline}/replays/corrections/`,
    // Inside a table `_delta_log/` sorts before the data, and older commits before newer ones.
    `tables/${pipeline}/features/`,
    `tables/${pipeline}/clean/`,
    `tables/${pipeline}/tombstones/`,
    `quarantine/${pipeline}/`,
    `models/${pipeline}/artifacts/`,
    `pipelines/${pipeline}/current.json`,
    `pipelines/${pipeline}/plans/`,
  ],

  table: (pipeline: string, table: TableName) => `tables/${pipeline}/${table}`,

  batch: (pipeline: string, batchDigest: string) => `runs/${pipeline}/batches/${batchDigest}.json`,
  stageResult: (pipeline: string, stage: string, digest: string) =>
    `runs/${pipeline}/stages/${stage}/${digest}.json`,
  /** Short-lived: who works on the result right now. */
  stageClaim: (pipeline: string, stage: string, digest: string) =>
    `runs/${pipeline}/claims/${stage}/${digest}.json`,
  stageClaimsPrefix: (pipeline: string) => `runs/${pipeline}/claims/`,
  stageArtifact: (pipeline: string, stage: string, digest: string, name: string) =>
    `runs/${pipeline}/stages/${stage}/${digest}/${name}`,
  /** Groups of partitions that a batch's tables still lack, under the digest of the list. */
  transformWork: (pipeline: string, digest: string) => `runs/${pipeline}/work/${digest}/list.json`,
  transformWorkPrefix: (pipeline: string) => `runs/${pipeline}/work/`,
  /** What became of a group, create-only. */
  transformPart: (pipeline: string, digest: string, group: number) =>
    `runs/${pipeline}/work/${digest}/${String(group).padStart(5, '0')}.json`,
  /** How far an attempt at a group came, content-named. */
  transformProgress: (pipeline: string, digest: string, group: number, content: string) =>
    `runs/${pipeline}/work/${digest}/${String(group).padStart(5, '0')}/${content}.json`,
  /** News that was sent, create-only. */
  notification: (pipeline: string, id: string) => `runs/${pipeline}/notifications/${id}.json`,
  runSummary: (pipeline: string, runKey: string) => `runs/${pipeline}/summaries/${runKey}.json`,
  report: (pipeline: string, runId: string, form: 'html' | 'json') =>
    `runs/${pipeline}/reports/${runId}/report.${form}`,
  /** swap: the newest runs, for comparison */
  runHistory: (pipeline: string) => `runs/${pipeline}/reports/history.json`,
  runSummariesPrefix: (pipeline: string) => `runs/${pipeline}/summaries/`,

  /** One record per processed object version, create-only. */
  ledgerEntry: (pipeline: string, versionDigest: string) =>
    `runs/${pipeline}/ledger/versions/${versionDigest}.json`,
  ledgerPrefix: (pipeline: string) => `runs/${pipeline}/ledger/versions/`,
  /** swap: the content last accepted for a key */
  ledgerHead: (pipeline: string, keyDigest: string) => `runs/${pipeline}/ledger/heads/${keyDigest}.json`,

  /** Create-only: an object, or one version of it, was removed. */
  ledgerRemoval: (pipeline: string, versionDigest: string) =>
    `runs/${pipeline}/ledger/removed/${versionDigest}.json`,
  ledgerRemovedPrefix: (pipeline: string) => `runs/${pipeline}/ledger/removed/`,
  /** The run of this object version ended with a final failure; removed when somebody asks for another try. */
  ledgerFailure: (pipeline: string, versionDigest: string) =>
    `runs/${pipeline}/ledger/failed/${versionDigest}.json`,
  ledgerFailedPrefix: (pipeline: string) => `runs/${pipeline}/ledger/failed/`,
  /** Create-only: who asked for a deliberate re-run of what, and why. */
  againRequest: (pipeline: string, request: string) => `runs/${pipeline}/ledger/again/${request}.json`,

  backfill: (pipeline: string, digest: string) => `runs/${pipeline}/backfills/${digest}.json`,
  backlog: (pipeline: string, digest: string) => `runs/${pipeline}/intake/backlog/${digest}.json`,

  quarantine: (pipeline: string, batchDigest: string) =>
    `quarantine/${pipeline}/batch=${batchDigest}/rejected.parquet`,
  /** One record per replay of quarantined rows, create-only: who takes a number has the rows. */
  replayRecord: (pipeline: string, sequence: number) =>
    `runs/${pipeline}/replays/log/${String(sequence).padStart(6, '0')}.json`,
  replayLogPrefix: (pipeline: string) => `runs/${pipeline}/replays/log/`,
  replayRows: (pipeline: string, sha256: string) => `runs/${pipeline}/replays/rows/${sha256}.parquet`,
  replayCorrection: (pipeline: string, sha256: string, name: string) =>
    `runs/${pipeline}/replays/corrections/${sha256}/${name}`,

  /** What became of the batch: written once, when it is finished. */
  quarantineOutcome: (pipeline: string, batchDigest: string) =>
    `quarantine/${pipeline}/batch=${batchDigest}/outcome.json`,
  quarantinePrefix: (pipeline: string) => `quarantine/${pipeline}/`,

  checkpoints: (pipeline: string, trainDigest: string) => `models/${pipeline}/checkpoints/${trainDigest}/`,
  modelArtifact: (pipeline: string, trainDigest: string, name: string) =>
    `models/${pipeline}/artifacts/${trainDigest}/${name}`,

  /** What the training rows look like: later rows are compared with it. */
  trainingProfile: (pipeline: string, trainDigest: string) =>
    `models/${pipeline}/artifacts/${trainDigest}/training-profile.json`,

  modelVersion: (pipeline: string, version: number) =>
    `registry/${pipeline}/versions/${String(version).padStart(6, '0')}.json`,
  modelVersionsPrefix: (pipeline: string) => `registry/${pipeline}/versions/`,
  /** swap */
  modelAlias: (pipeline: string, alias: ModelAlias) => `registry/${pipeline}/aliases/${alias}.json`,
} as const;

export const backupLayout = {
  object: (pipeline: string, sha256: string) => `${pipeline}/objects/${sha256.slice(0, 2)}/${sha256}`,
  objectsPrefix: (pipeline: string) => `${pipeline}/objects/`,
  snapshot: (pipeline: string, snapshot: string) => `${pipeline}/snapshots/${snapshot}.json`,
  snapshotsPrefix: (pipeline: string) => `${pipeline}/snapshots/`,
} as const;

/** `tombstones` remembers deletes; only pipelines that declare them with an order of versions have it. */
export type TableName = 'clean' | 'features' | 'tombstones';
export type ModelAlias = 'candidate' | 'champion';
