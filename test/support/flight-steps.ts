// A whole run of the pipeline `flights` as a list of activities over a store: each step is what Temporal retries.
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { createBackupActivity } from '../../src/activities/backup';
import { createControlActivities } from '../../src/activities/control';
import { createDeployActivities } from '../../src/activities/deploy';
import { createEvaluateActivity } from '../../src/activities/evaluate';
import { createIngestActivity } from '../../src/activities/ingest';
import { createRegisterActivities } from '../../src/activities/register';
import { createTrainActivities } from '../../src/activities/train';
import type { SplitSettings } from '../../src/activities/transformation/transform-context';
import { createValidateActivity } from '../../src/activities/validate';
import { createOnnxScorer } from '../../src/adapters/model-scorer/onnx';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import type { BatchRef } from '../../src/contracts/activities/control';
import type { DeployInput } from '../../src/contracts/activities/stages';
import type { PipelinePlan } from '../../src/domain/plan';
import type {
  EvaluateResult,
  IngestResult,
  RegisterResult,
  RunRef,
  TrainResult,
  TransformResult,
  ValidateResult,
} from '../../src/domain/stage';
import { createLedger } from '../../src/lake/ledger';
import { createPlanLibrary } from '../../src/lake/plans';
import type { ObjectStore } from '../../src/ports/object-store';
import type { ServingAdmin } from '../../src/ports/serving-admin';
import type { TrainingBackend } from '../../src/ports/training-backend';
import { modelFile } from './model-fixtures';
import { transformToEnd } from './transform-to-end';
import { flightsPlan, LAKE, PIPELINE } from './registered-models';

/** What the steps so far have told; a step reads only what earlier ones have written. */
export interface StepState {
  readonly run: RunRef;
  readonly batch: BatchRef;
  readonly ingested: IngestResult;
  readonly validated: ValidateResult;
  readonly tables: TransformResult;
  readonly model: TrainResult;
  readonly evaluation: EvaluateResult;
  readonly registered: RegisterResult;
}

export interface StepContext {
  readonly store: ObjectStore;
  readonly scratch: string;
  readonly state: StepState;
}

export interface Step {
  readonly name: string;
  readonly run: (context: StepContext) => Promise<Partial<StepState>>;
}

const PLAN: PipelinePlan = {
  ...flightsPlan,
  quarantine: { maxPercent: 20 },
  expectations: [
    { name: 'between(distance)', kind: 'between', column: 'distance', min: 1, onFail: 'quarantine' },
  ],
  training: { ...flightsPlan.training, holdoutDays: 1 },
  backup: { enabled: true },
};
const DAYS = 3;
const FLIGHTS_PER_DAY = 8;

/** Applies the plan and lands one small file with one bad row. */
export async function landFlights(store: ObjectStore): Promise<StepState> {
  await createPlanLibrary(store, LAKE).apply(PLAN);
  const rows = Array.from({ length: DAYS * FLIGHTS_PER_DAY }, (_, index) => {
    const day = 1 + Math.floor(index / FLIGHTS_PER_DAY);
    const hour = 6 + (index % FLIGHTS_PER_DAY);
    const distance = index === 1 ? -1 : 200 + 10 * index;
    return `${index % 2 ? 'AA' : 'UA'},JFK,${distance},0${day}.01.2013 ${String(hour).padStart(2, '0')}:00,${index % 3 ? 5 : 40}`;
  });
  const bytes = Buffer.from(['carrier,origin,distance,departed_at,delay', ...rows, ''].join('\n'));
  await store.put({ bucket: LAKE, key: `${PLAN.source.prefix}flights.csv` }, { kind: 'bytes', bytes });
  return {} as StepState;
}

function dependencies({ store, scratch }: StepContext) {
  return {
    store,
    engine: createDuckDbEngine(),
    plans: createPlanLibrary(store, LAKE),
    ledger: createLedger(store, LAKE),
    lakeBucket: LAKE,
    backupBucket: 'backup',
    scratchDirectory: path.join(scratch, 'attempts'),
    engineOptions: { memoryLimitMegabytes: 256, threads: 1 },
    signal: () => new AbortController().signal,
    progress: () => undefined,
    scorer: createOnnxScorer(),
    backend: READY_MADE,
    serving: SERVING,
  };
}

/** Answers at once with a model of the real trainer, whose own faults the fault suite tests. */
const READY_MADE: TrainingBackend = {
  identity: () => Promise.resolve('ready-made'),
  train: async ({ directory }) => {
    for (const name of ['model.onnx', 'model.ubj', 'features.json', 'metrics.json', 'golden.parquet'])
      await copyFile(modelFile('v1', name), path.join(directory, 'model', name));
  },
};

/** Makes no call to the store that is tested; the real one is in the integration tests of serving. */
const SERVING: ServingAdmin = {
  load: () => Promise.resolve(),
  checkGolden: () => Promise.resolve({ rows: 64, maxDifference: 0 }),
  activate: () => Promise.resolve(),
  deactivate: () => Promise.resolve(),
  status: () => Promise.resolve({ liveVersion: 1, loadedVersions: [1] }),
};

function deployInput({ registered }: StepState): DeployInput {
  return { pipeline: PIPELINE, version: registered.version, goldenTolerance: 1e-5 };
}

const nothingNew = (): Partial<StepState> => ({});

async function transform(context: StepContext, split?: SplitSettings): Promise<Partial<StepState>> {
  const { run, validated } = context.state;
  const deps = { ...dependencies(context), ...(split ? { split } : {}) };
  return { tables: await transformToEnd(deps, { run, accepted: validated.accepted! }) };
}

/** In place of the step `transform`: a group for each partition. */
export const TRANSFORM_IN_GROUPS: Step = {
  name: 'transform in groups',
  run: (context) => transform(context, { splitBytes: 1, parallel: 1 }),
};

/** In the order of src/workflows/pipeline-run.ts. */
export const FLIGHT_STEPS: readonly Step[] = [
  {
    name: 'openRun',
    run: async (context) => {
      const opened = await createControlActivities(dependencies(context)).openRun({ pipeline: PIPELINE });
      const batch = opened.batch!;
      const { planDigest } = opened;
      return { batch, run: { pipeline: PIPELINE, planDigest, batchDigest: batch.digest, workflowId: 'run' } };
    },
  },
  {
    name: 'ingest',
    run: async (context) => {
      const { run, batch } = context.state;
      return { ingested: await createIngestActivity(dependencies(context))({ run, batchUri: batch.uri }) };
    },
  },
  {
    name: 'validate',
    run: async (context) => {
      const { run, ingested } = context.state;
      const validate = createValidateActivity(dependencies(context));
      const validated = await validate({ run, manifest: ingested.manifest });
      if (!validated.accepted) throw new Error(validated.reasons.join('; '));
      return { validated };
    },
  },
  {
    name: 'transform',
    run: (context) => transform(context),
  },
  {
    name: 'recordBatch',
    run: async (context) => {
      const { run, ingested, validated } = context.state;
      const { recordBatch } = createControlActivities(dependencies(context));
      return recordBatch({ run, manifest: ingested.manifest, verdict: 'accepted', validated }).then(
        nothingNew,
      );
    },
  },
  {
    name: 'train',
    run: async (context) => {
      const { run, tables } = context.state;
      const { train } = createTrainActivities(dependencies(context));
      const model = await train({ run, featuresVersion: tables.features.version });
      if ('notTrained' in model) throw new Error(model.notTrained);
      return { model };
    },
  },
  {
    name: 'evaluate',
    run: async (context) => {
      const { run, model } = context.state;
      return { evaluation: await createEvaluateActivity(dependencies(context))({ run, model }) };
    },
  },
  {
    name: 'register',
    run: async (context) => {
      const { run, ingested, tables: transform, model, evaluation } = context.state;
      const { register } = createRegisterActivities(dependencies(context));
      const { manifest } = ingested;
      return { registered: await register({ run, manifest, transform, model, evaluation }) };
    },
  },
  {
    name: 'loadModel',
    run: (context) =>
      createDeployActivities(dependencies(context)).loadModel(deployInput(context.state)).then(nothingNew),
  },
  {
    name: 'activateModel',
    run: (context) =>
      createDeployActivities(dependencies(context))
        .activateModel(deployInput(context.state))
        .then(nothingNew),
  },
  {
    name: 'backup',
    run: (context) => {
      const backup = createBackupActivity(dependencies(context));
      return backup({ pipeline: PIPELINE, requestedBy: 'run' }).then(nothingNew);
    },
  },
];
