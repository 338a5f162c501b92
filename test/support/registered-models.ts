// Puts the fixture models into a store as registered versions of the pipeline `flights`.
import type { ArtifactRef } from '../../src/domain/artifact';
import { lakeLayout } from '../../src/domain/lake-layout';
import type { PipelinePlan } from '../../src/domain/plan';
import { formatS3Uri } from '../../src/domain/s3-uri';
import type { ModelFiles } from '../../src/domain/stage';
import { createPlanLibrary } from '../../src/lake/plans';
import { createModelVersion } from '../../src/lake/registry';
import { fileBody } from '../../src/lake/streams';
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

const FILES: Readonly<Record<keyof ModelFiles, string>> = {
  onnx: 'model.onnx',
  booster: 'model.ubj',
  features: 'features.json',
  metrics: 'metrics.json',
  golden: 'golden.parquet',
  lookups: 'lookups.json',
};

/** @param overrides fixture files to take from another model, e.g. a golden file that does not fit. */
export async function putModelFiles(
  store: ObjectStore,
  trainDigest: string,
  model: FixtureModel,
  overrides: Partial<Record<keyof ModelFiles, FixtureModel>> = {},
): Promise<ModelFiles> {
  const entries = Object.entries(FILES).map(async ([kind, name]): Promise<[string, ArtifactRef]> => {
    const body = await fileBody(modelFile(overrides[kind as keyof ModelFiles] ?? model, name));
    const location = { bucket: LAKE, key: lakeLayout.modelArtifact(PIPELINE, trainDigest, name) };
    await store.put(location, body);
    return [kind, { uri: formatS3Uri(location), sha256: body.sha256, bytes: body.bytes }];
  });
  return Object.fromEntries(await Promise.all(entries)) as unknown as ModelFiles;
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
