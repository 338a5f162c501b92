import path from 'node:path';
import { readPipelineFile } from '../../src/cli/pipeline-file';
import type { BatchDocument } from '../../src/contracts/activities/control';
import type { SourceObject } from '../../src/domain/artifact';
import { lakeLayout } from '../../src/domain/lake-layout';
import type { PipelinePlan } from '../../src/domain/plan';
import { digestOf } from '../../src/lake/digest';
import { createDocument } from '../../src/lake/documents';
import { createPlanLibrary } from '../../src/lake/plans';
import { fileBody } from '../../src/lake/streams';
import type { ObjectStore } from '../../src/ports/object-store';
import { REPOSITORY } from '../../test/support/millrace';
import type { DataStagesInput } from './workflow';

export const LAKE = 'lake';
export const MEMORY_LIMIT_MEGABYTES = 512;

/** Puts files into the landing zone of a pipeline and makes one batch of them, as the intake would. */
export async function landFiles(
  store: ObjectStore,
  pipeline: string,
  files: readonly string[],
): Promise<DataStagesInput> {
  const plan = await benchPlan(pipeline);
  const { digest: planDigest } = await createPlanLibrary(store, LAKE).apply(plan);
  const objects: SourceObject[] = [];
  for (const file of files) {
    const location = { bucket: LAKE, key: `${plan.source.prefix}${path.basename(file)}` };
    const { versionId, etag, bytes, lastModified } = await store.put(location, await fileBody(file));
    objects.push({
      ...location,
      ...(versionId === undefined ? {} : { versionId }),
      etag,
      bytes,
      lastModified,
    });
  }
  const batch: BatchDocument = { formatVersion: 1, pipeline, objects };
  const batchDigest = digestOf(batch);
  const { ref } = await createDocument(
    store,
    { bucket: LAKE, key: lakeLayout.batch(pipeline, batchDigest) },
    batch,
  );
  return { run: { pipeline, planDigest, batchDigest }, batchUri: ref.uri };
}

/** The plan of the benchmark for a pipeline of this name. */
export async function benchPlan(pipeline: string): Promise<PipelinePlan> {
  const { plan } = await readPipelineFile(path.join(REPOSITORY, 'bench', 'data', 'pipeline.yaml'));
  return { ...plan, pipeline, source: { ...plan.source, prefix: lakeLayout.landingPrefix(pipeline) } };
}
