import type { ArtifactRef } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import type { ModelFiles } from '../domain/stage';
import type { ObjectStore } from '../ports/object-store';
import { publishFile } from './artifacts';

/** What a model consists of, by the names that the trainer gives the files. */
const MODEL_FILE_NAMES: Readonly<Record<keyof ModelFiles, string>> = {
  onnx: 'model.onnx',
  booster: 'model.ubj',
  features: 'features.json',
  metrics: 'metrics.json',
  golden: 'golden.parquet',
  lookups: 'lookups.json',
};

export interface ModelAddress {
  readonly bucket: string;
  readonly pipeline: string;
  readonly trainDigest: string;
}

/**
 * Publishes the files of a model, each once; `pathOf` says where a file lies.
 *
 * @throws PermanentFailure IntegrityError when other bytes were published under the digest.
 */
export async function publishModelFiles(
  store: ObjectStore,
  { bucket, pipeline, trainDigest }: ModelAddress,
  pathOf: (name: string, kind: keyof ModelFiles) => string,
): Promise<ModelFiles> {
  const published = Object.entries(MODEL_FILE_NAMES).map(async ([kind, name]) => {
    const location = { bucket, key: lakeLayout.modelArtifact(pipeline, trainDigest, name) };
    return [kind, await publishFile(store, location, pathOf(name, kind as keyof ModelFiles))] as const;
  });
  return Object.fromEntries(await Promise.all(published)) as Record<keyof ModelFiles, ArtifactRef>;
}

export function modelArtifacts(files: ModelFiles): readonly ArtifactRef[] {
  return [files.onnx, files.booster, files.features, files.metrics, files.golden, files.lookups];
}
