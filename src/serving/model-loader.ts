import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ArtifactRef } from '../domain/artifact';
import type { FeatureSchema } from '../domain/feature-encoding';
import type { ModelVersionRecord } from '../domain/model-version';
import { parseS3Uri } from '../domain/s3-uri';
import type { PlanLibrary } from '../lake/plans';
import { readModelVersion } from '../lake/registry';
import { hashingDownload } from '../lake/streams';
import { PermanentFailure } from '../ports/failures';
import type { LoadedModel, ModelScorer } from '../ports/model-scorer';
import type { ObjectStore } from '../ports/object-store';
import type { QueryEngine, QuerySession } from '../ports/query-engine';
import type { LookupsDocument } from '../sql/lookups';
import { readParquet } from '../sql/parquet';
import { createFeatureComputer } from './feature-computer';
import { createInstanceReader } from './instance-reader';
import { createServedModel, type GoldenRow, type ServedModel } from './served-model';
import { createWindowLookups } from './window-lookups';

export interface ModelLoaderDependencies {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
  readonly plans: Pick<PlanLibrary, 'load'>;
  readonly engine: QueryEngine;
  readonly scorer: ModelScorer;
  /** Local directory for the models' files; each loaded version has its own below it. */
  readonly directory: string;
}

export type ModelLoader = (pipeline: string, version: number) => Promise<ServedModel>;

/** Computing the features of some hundred rows needs little; each loaded version has an engine of its own. */
const ENGINE = { memoryLimitMegabytes: 128, threads: 1 };

/**
 * Loads registered versions, every file checked against its SHA-256.
 *
 * Failures: `PermanentFailure('NotFound')` for an unknown version, `PermanentFailure('IntegrityError')` for files
 * that are not what was registered; `TransientFailure` of the store and the engine.
 */
export function createModelLoader(deps: ModelLoaderDependencies): ModelLoader {
  return async (pipeline, version) => {
    const record = await readModelVersion(deps.store, deps.lakeBucket, pipeline, version);
    const root = resolve(deps.directory);
    await mkdir(root, { recursive: true });
    const directory = await mkdtemp(join(root, `${pipeline}-${version}-`));
    const removeFiles = (): Promise<void> => rm(directory, { recursive: true, force: true, maxRetries: 3 });
    try {
      return await assemble(deps, record, directory, removeFiles);
    } catch (error) {
      await removeFiles();
      throw error;
    }
  };
}

async function assemble(
  deps: ModelLoaderDependencies,
  record: ModelVersionRecord,
  directory: string,
  removeFiles: () => Promise<void>,
): Promise<ServedModel> {
  const { pipeline, version, planDigest } = record;
  const fetchFile = (name: string, artifact: ArtifactRef): Promise<string> =>
    download(deps.store, artifact, join(directory, name));
  const [plan, onnxPath, schema, lookups, goldenPath] = await Promise.all([
    deps.plans.load(pipeline, planDigest),
    fetchFile('model.onnx', record.files.onnx),
    fetchFile('features.json', record.files.features).then((path) => readJson<FeatureSchema>(path)),
    fetchFile('lookups.json', record.files.lookups).then((path) => readJson<LookupsDocument>(path)),
    fetchFile('golden.parquet', record.files.golden),
  ]);
  const { session, scorer, golden } = await start(deps, { directory, onnxPath, goldenPath, schema });
  return createServedModel({
    pipeline,
    version,
    schema,
    scorer,
    golden,
    reader: createInstanceReader(plan, schema.features),
    computeFeatures: createFeatureComputer(plan, session, createWindowLookups(lookups)),
    release: async () => {
      await session.close();
      await removeFiles();
    },
  });
}

interface Started {
  readonly session: QuerySession;
  readonly scorer: LoadedModel;
  readonly golden: readonly GoldenRow[];
}

/** Opens engine and model; when one of them fails, the other does not stay behind. */
async function start(
  deps: ModelLoaderDependencies,
  files: {
    readonly directory: string;
    readonly onnxPath: string;
    readonly goldenPath: string;
    readonly schema: FeatureSchema;
  },
): Promise<Started> {
  const session = await deps.engine.open({ directory: files.directory, ...ENGINE });
  try {
    const golden = await readGolden(session, files.goldenPath);
    return { session, golden, scorer: await deps.scorer.load(files.onnxPath, files.schema) };
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function readGolden(session: QuerySession, path: string): Promise<readonly GoldenRow[]> {
  const rows = await session.rows(`SELECT * FROM ${readParquet(path)}`);
  if (rows.length === 0)
    throw new PermanentFailure('IntegrityError', 'The golden file has no rows', { path });
  return rows.map(({ prediction, ...features }) => ({
    features: features as GoldenRow['features'],
    prediction: Number(prediction ?? NaN),
  }));
}

async function download(store: ObjectStore, artifact: ArtifactRef, path: string): Promise<string> {
  await hashingDownload(store, parseS3Uri(artifact.uri), path, { expectedSha256: artifact.sha256 });
  return path;
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
