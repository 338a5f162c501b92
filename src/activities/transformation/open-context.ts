import { join } from 'node:path';
import type { ArtifactRef } from '../../domain/artifact';
import { lakeLayout, type TableName } from '../../domain/lake-layout';
import type { PipelinePlan } from '../../domain/plan';
import { parseS3Uri } from '../../domain/s3-uri';
import type { RunRef } from '../../domain/stage';
import type { DeltaTable } from '../../lake/delta/table';
import { hashingDownload } from '../../lake/streams';
import type { StageDependencies } from '../stage-dependencies';
import type { TransformContext, TransformDependencies } from './transform-context';

/** @param directory scratch of this attempt */
export async function openContext(
  deps: TransformDependencies,
  { run, accepted }: { readonly run: RunRef; readonly accepted: ArtifactRef },
  plan: PipelinePlan,
  directory: string,
): Promise<TransformContext> {
  const { lastModified } = await deps.store.head(parseS3Uri(accepted.uri));
  let local: Promise<string> | undefined;
  const fetch = async (): Promise<string> => {
    const path = join(directory, 'accepted.parquet');
    await downloadAccepted(deps, accepted, path);
    return path;
  };
  return {
    deps,
    plan,
    accepted: () => (local ??= fetch()),
    acceptedBytes: accepted.bytes,
    directory,
    local: new Map(),
    clean: tableOf(deps, plan, 'clean'),
    features: tableOf(deps, plan, 'features'),
    tombstones: tableOf(deps, plan, 'tombstones'),
    transactionId: `millrace/${plan.pipeline}/${run.batchDigest}/${run.planDigest}`,
    timestampMs: Date.parse(lastModified),
    parameters: { batchDigest: run.batchDigest, planDigest: run.planDigest },
  };
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
