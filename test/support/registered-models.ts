// Puts the fixture models into a store as registered versions of the pipeline `flights`.
import type { PipelinePlan } from '../../src/domain/plan';
import type { ModelFiles } from '../../src/domain/stage';
import { publishModelFiles } from '../../src/lake/model-files';
import { createPlanLibrary } from '../../src/lake/plans';
import { createModelVersion } from '../../src/lake/registry';
import type { ObjectStore } from '../../src/ports/object-store';
import { modelFile, type FixtureModel } from './model-fixtures';

export const LAKE = 'lake';
export const PIPELINE = 'flights';

/** Fits the fixture models: their features are `airline`, `origin`, `distance`, `departure_hour`, `origin_delay_7d`. */
export const flightsPlan: PipelinePlan = {
  planVersion: 1,
  pipeline: PIPELINE,
  description: 'Invented flights',
  source: {
    prefix: 'raw/flights/',
    format: 'csv',
    csv: { delimiter: ',', quote: '"', nullValues: ['', 'NA'] },
    minObjectBytes: 0,
    batch: { maxObjects: 20, maxBytes: 1_000_000, quietSeconds: 1 },
  },
  columns: [
    { name: 'carrier', type: 'string' },
    { name: 'origin', type: 'string' },
    { name: 'distance', type: 'integer' },
    { name: 'departed_at', type: 'timestamp', format: '%d.%m.%Y %H:%M' },
    { name: 'delay', type: 'double' },
  ],
  key: ['departed_at', 'carrier'],
  eventTime: 'departed_at',
  expectations: [],
  quarantine: { maxPercent: 5 },
  label: { name: 'late', sql: 'delay > 15' },
  features: [
    { name: 'airline', kind: 'categorical', sql: 'upper(carrier)' },
    { name: 'origin', kind: 'categorical', sql: 'origin' },
    { name: 'distance', kind: 'numeric', sql: 'distance' },
    { name: 'departure_hour', kind: 'numeric', sql: 'hour(departed_at)' },
  ],
  windows: [{ name: 'origin_delay_7d', over: ['origin'], days: 7, aggregate: 'mean', sql: 'delay' }],
  training: {
    task: 'binary_classification',
    metric: 'auc',
    holdoutDays: 10,
    device: 'cpu',
    hyperparameters: {},
  },
  gate: { minImprovementPercent: 0.1 },
  deploy: { enabled: true, goldenTolerance: 1e-5 },
  backup: { enabled: false },
};

/** @param overrides fixture files to take from another model, e.g. a golden file that does not fit. */
export function putModelFiles(
  store: ObjectStore,
  trainDigest: string,
  model: FixtureModel,
  overrides: Partial<Record<keyof ModelFiles, FixtureModel>> = {},
): Promise<ModelFiles> {
  return publishModelFiles(store, { bucket: LAKE, pipeline: PIPELINE, trainDigest }, (name, kind) =>
    modelFile(overrides[kind] ?? model, name),
  );
}

/** Registers the next version, with some files replaced by others that lie in the store; returns its number. */
export async function registerModel(
  store: ObjectStore,
  model: FixtureModel,
  overrides: Partial<Record<keyof ModelFiles, FixtureModel>> = {},
  replaced: Partial<ModelFiles> = {},
): Promise<number> {
  const trainDigest = `${model}-${JSON.stringify(overrides)}`.replaceAll(/[^a-z0-9]/g, '');
  const { digest } = await createPlanLibrary(store, LAKE).apply(flightsPlan);
  const { value } = await createModelVersion(store, LAKE, {
    formatVersion: 1,
    pipeline: PIPELINE,
    trainDigest,
    files: { ...(await putModelFiles(store, trainDigest, model, overrides)), ...replaced },
    planDigest: digest,
    metric: 'auc',
    challenger: 0.78,
    baseline: 0.5,
    device: 'cpu',
    lineage: {
      batchDigest: '0',
      batchManifestUri: 's3://lake/manifest',
      cleanVersion: 0,
      featuresVersion: 0,
      holdoutFrom: '2013-01-31',
      evaluationUri: 's3://lake/evaluation',
    },
  });
  return value.version;
}
