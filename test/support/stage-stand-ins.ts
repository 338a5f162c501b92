import type { TransformInput, TransformWork } from '../../src/contracts/activities/stages';
import type { ArtifactRef } from '../../src/domain/artifact';
import type {
  BackupResult,
  EvaluateResult,
  IngestResult,
  RegisterResult,
  TrainResult,
  TransformResult,
  ValidateResult,
} from '../../src/domain/stage';
import { PermanentFailure } from '../../src/ports/failures';
import type { Activities } from './workflow-harness';

const artifact = (name: string): ArtifactRef => ({
  uri: `s3://lake/${name}`,
  sha256: 'a'.repeat(64),
  bytes: 1,
});

const INGESTED: IngestResult = {
  manifest: artifact('manifest.json'),
  objects: 1,
  bytes: 1000,
  skipped: 0,
  reused: false,
};
const VALIDATED: ValidateResult = {
  verdict: 'accepted',
  reasons: [],
  rows: 100,
  acceptedRows: 98,
  quarantinedRows: 2,
  accepted: artifact('accepted.parquet'),
  quarantine: artifact('rejected.parquet'),
  report: artifact('report.json'),
  reused: false,
};
const TRANSFORMED: TransformResult = {
  clean: { version: 3, rows: 98, files: 1, contentDigest: 'c' },
  features: { version: 3, rows: 98, files: 1, contentDigest: 'f' },
  reused: false,
};
const TRAINED: TrainResult = {
  trainDigest: 'd'.repeat(64),
  files: {
    onnx: artifact('model.onnx'),
    booster: artifact('model.ubj'),
    features: artifact('features.json'),
    metrics: artifact('metrics.json'),
    golden: artifact('golden.parquet'),
    lookups: artifact('lookups.json'),
  },
  featuresVersion: 3,
  holdoutFrom: '2013-01-18',
  trainRows: 80,
  holdoutRows: 18,
  device: 'cpu',
  reused: false,
};
const EVALUATED: EvaluateResult = {
  decision: 'promote',
  reason: 'better by 5 %',
  metric: 'auc',
  challenger: 0.7,
  champion: 0.66,
  championVersion: 6,
  baseline: 0.5,
  holdoutRows: 18,
  report: artifact('evaluation.json'),
  reused: false,
};
const REGISTERED: RegisterResult = { version: 7, record: artifact('v7.json'), reused: false };
const BACKED_UP: BackupResult = {
  snapshot: '000001-abcdef01',
  manifest: artifact('snapshot.json'),
  objects: 9,
  bytes: 9000,
  copiedObjects: 9,
  verifiedObjects: 9,
  reused: false,
};

const CONTROL = { deploy: { enabled: true, goldenTolerance: 1e-5 }, backup: { enabled: true } };

const NO_COST = { items: 0, objects: 0, bytes: 0, rows: 0, reusedStages: 0, seconds: 0 };

const OPENED = {
  planDigest: 'p'.repeat(64),
  planUri: 's3://lake/plan.json',
  batch: { digest: 'b'.repeat(64), uri: 's3://lake/batch.json', objects: 1, bytes: 1000 },
  control: CONTROL,
};

export interface StandIns {
  readonly activities: Activities;
  /** Names of the activities called, in order. */
  readonly calls: string[];
}

/** Activities that answer like a good run; `overrides` replace single ones. */
export function stageStandIns(overrides: Activities = {}): StandIns {
  const calls: string[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    readIntakeSettings: {
      planDigest: 'p'.repeat(64),
      batch: { maxObjects: 2, maxBytes: 1e9, quietSeconds: 0.2 },
    },
    describeRun: { status: 'unknown' },
    askTurn: 'now',
    surveyLandingZone: { landed: 0, more: false },
    reconcile: { pipelines: 1, landed: 0, unsettled: 0, failed: 0 },
    recordFailure: undefined,
    openRun: OPENED,
    planBackfill: { uri: 's3://lake/plan.json', planDigest: 'p'.repeat(64), cost: NO_COST, more: false },
    openBackfillItem: { after: [] },
    ingest: INGESTED,
    validate: VALIDATED,
    transform: TRANSFORMED,
    transformPartitions: { partitions: 4, resumed: 0 },
    recordBatch: undefined,
    train: TRAINED,
    evaluate: EVALUATED,
    register: REGISTERED,
    loadModel: { previousVersion: 6 },
    checkModel: { rows: 64, maxDifference: 1e-7 },
    activateModel: undefined,
    restoreModel: undefined,
    backup: BACKED_UP,
    vacuumTable: { table: 'clean', files: 4, unneeded: 1, unneededBytes: 10, sample: ['part-1.parquet'] },
    compactTable: { table: 'clean', version: 4, filesBefore: 4, filesAfter: 2 },
    recordRun: undefined,
    publishReport: { html: artifact('report.html'), json: artifact('report.json') },
    notify: undefined,
  };
  const defaults = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [name, () => Promise.resolve(answer)]),
  ) as Activities;
  const recorded = Object.entries({ ...defaults, ...overrides }).map(([name, work]) => [
    name,
    (input: never) => {
      calls.push(name);
      return work(input);
    },
  ]);
  return { calls, activities: Object.fromEntries(recorded) as Activities };
}

export const answers = { OPENED, INGESTED, VALIDATED, EVALUATED };

/** `transform` of a large batch: a work list for each table, then the result. */
export function splitTransform(
  lists: readonly Pick<TransformWork, 'table' | 'groups' | 'parallel'>[],
): (input: TransformInput) => Promise<unknown> {
  const works = lists.map((list, index) => ({ ...list, work: artifact(`work/${index}/list.json`) }));
  return ({ work }) => {
    const done = works.findIndex((list) => list.work.uri === work?.uri) + 1;
    return Promise.resolve(works[done] ?? TRANSFORMED);
  };
}

/** `openRun` of a plan that tells somebody about these verdicts. */
export function tellsAbout(...on: readonly string[]): () => Promise<unknown> {
  const notify = [{ kind: 'webhook', on }];
  return () => Promise.resolve({ ...OPENED, control: { ...CONTROL, notify } });
}

export function permanent(
  code: ConstructorParameters<typeof PermanentFailure>[0],
  message: string,
): () => Promise<never> {
  return () => Promise.reject(new PermanentFailure(code, message));
}
