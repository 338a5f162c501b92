import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactRef } from '../domain/artifact';
import type { FeatureSchema } from '../domain/feature-encoding';
import { parseS3Uri } from '../domain/s3-uri';
import type { ModelFiles } from '../domain/stage';
import { hashingDownload } from '../lake/streams';
import type { StageDependencies } from './stage-dependencies';

/** What evaluation needs of a model, on the local disk. */
export interface LocalModel {
  readonly onnxPath: string;
  readonly goldenPath: string;
  readonly schema: FeatureSchema;
  /** Mean label of the training rows: what the naive baseline always answers. */
  readonly trainLabelMean: number;
}

interface MetricsDocument {
  readonly labelMean: { readonly train: number };
}

/** Downloads a model's files, each checked against its SHA-256. */
export async function downloadModel(
  deps: Pick<StageDependencies, 'store' | 'signal'>,
  files: ModelFiles,
  directory: string,
): Promise<LocalModel> {
  await mkdir(directory, { recursive: true });
  const fetchFile = async (name: string, artifact: ArtifactRef): Promise<string> => {
    const path = join(directory, name);
    const options = { expectedSha256: artifact.sha256, signal: deps.signal() };
    await hashingDownload(deps.store, parseS3Uri(artifact.uri), path, options);
    return path;
  };
  const metrics = await readJson<MetricsDocument>(await fetchFile('metrics.json', files.metrics));
  return {
    onnxPath: await fetchFile('model.onnx', files.onnx),
    goldenPath: await fetchFile('golden.parquet', files.golden),
    schema: await readJson<FeatureSchema>(await fetchFile('features.json', files.features)),
    trainLabelMean: metrics.labelMean.train,
  };
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
