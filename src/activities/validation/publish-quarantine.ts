import type { ArtifactRef } from '../../domain/artifact';
import { lakeLayout } from '../../domain/lake-layout';
import type { RunRef } from '../../domain/stage';
import { publishFile } from '../../lake/artifacts';
import { sha256OfFile } from '../../lake/streams';
import { PermanentFailure } from '../../ports/failures';
import type { StageDependencies } from '../stage-dependencies';

/**
 * Puts rejected rows where `millrace quarantine` looks. The same batch under a changed contract has other rejected
 * rows; they get a file of their own beside the first.
 */
export async function publishQuarantine(
  deps: Pick<StageDependencies, 'store' | 'lakeBucket'>,
  run: RunRef,
  path: string,
): Promise<ArtifactRef> {
  const key = lakeLayout.quarantine(run.pipeline, run.batchDigest);
  try {
    return await publishFile(deps.store, { bucket: deps.lakeBucket, key }, path);
  } catch (error) {
    if (!(error instanceof PermanentFailure) || error.code !== 'IntegrityError') throw error;
    const suffix = (await sha256OfFile(path)).slice(0, 16);
    const other = key.replace(/\.parquet$/, `-${suffix}.parquet`);
    return publishFile(deps.store, { bucket: deps.lakeBucket, key: other }, path);
  }
}
