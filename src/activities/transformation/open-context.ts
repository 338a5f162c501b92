import { join } from 'node:path';
import type { ArtifactRef } from '../../domain/artifact';
import { lakeLayout, type TableName } from '../../domain/lake-layout';
import type { PipelinePlan } from '../../domain/plan';
import { parseS3Uri } from '../../domain/s3-uri';
import type { RunRef } from '../../domain/stage';
import type { DeltaTable } from '../../lake/delta/table';
import { hashingDownload } from '../../lake/streams';
import { createEnginePool } from '../engine-pool';
import type { StageDependencies } from '../stage-dependencies';
import type { TransformContext, TransformDependencies } from './transform-context';

interface ContextInput {
  readonly input: { readonly run: RunRef; readonly accepted: ArtifactRef };
  readonly plan: PipelinePlan;
  /** Scratch of this attempt. */
  readonly directory: string;
  /** Puts the accepted rows at a path; default: downloads them. */
  readonly fetch?: (path: string) => Promise<void>;
}

/** Runs the steps of one attempt, and closes what they have opened. */
export async function withContext<T>(
  deps: TransformDependencies,
  { input: { run, accepted }, plan, directory, fetch }: ContextInput,
  work: (context: TransformContext) => Promise<T>,
): Promise<T> {
  const { lastModified } = await deps.store.head(parseS3Uri(accepted.uri));
  const path = join(directory, 'accepted.parquet');
  const download = fetch ?? (() => downloadAccepted(deps, accepted, path));
  let local: Promise<string> | undefined;
  const engines = createEnginePool(deps, directory);
  try {
    return await work({
      deps,
      plan,
      accepted: () => (local ??= download(path).then(() => path)),
      acceptedBytes: accepted.bytes,
      directory,
      engines,
      local: new Map(),
      clean: tableOf(deps, plan, 'clean'),
      features: tableOf(deps, plan, 'features'),
      tombstones: tableOf(deps, plan, 'tombstones'),
      transactionId: `millrace/${plan.pipeline}/${run.batchDigest}/${run.planDigest}`,
      timestampMs: Date.parse(lastModified),
      parameters: { batchDigest: run.batchDigest, planDigest: run.planDigest },
    });
  } finally {
    await engines.close();
  }
}

export async function downloadAccepted(
  { store, signal }: Pick<StageDependencies, 'store' | 'signal'>,
  { uri, sha256 }: ArtifactRef,
  path: string,
): Promise<void> {
  await hashingDownload(store, parseS3Uri(uri), path, { signal: signal(), expectedSha256: sha256 });
}

export function tableOf(
  { lakeBucket }: Pick<StageDependencies, 'lakeBucket'>,
  { pipeline }: Pick<PipelinePlan, 'pipeline'>,
  name: TableName,
): DeltaTable {
  return { bucket: lakeBucket, tableRoot: lakeLayout.table(pipeline, name) };
}
