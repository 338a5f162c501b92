import type { BatchDocument } from '../contracts/activities/control';
import type { IngestInput } from '../contracts/activities/stages';
import {
  objectVersionId,
  type BatchManifest,
  type ManifestEntry,
  type SkippedObject,
  type SourceObject,
} from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import type { PipelinePlan } from '../domain/plan';
import { parseS3Uri } from '../domain/s3-uri';
import type { IngestResult } from '../domain/stage';
import { createDocument, readDocument } from '../lake/documents';
import type { Ledger } from '../lake/ledger';
import { mapConcurrent } from '../lake/map-concurrent';
import { publishStageResult, stageKey, type StageKey } from '../lake/stage-results';
import { hashObject } from '../lake/streams';
import { ifFound, PermanentFailure } from '../ports/failures';
import { stageAddress, type StageDependencies } from './stage-dependencies';

export interface IngestDependencies extends Pick<
  StageDependencies,
  'store' | 'plans' | 'lakeBucket' | 'signal' | 'progress'
> {
  readonly ledger: Ledger;
}

/** Bump when the manifest's content changes for equal input. */
const INGEST_CODE_VERSION = 1;
/** One stream alone does not fill a network; more than these do not make it wider. */
const HASHED_AT_ONCE = 4;

/** Streams each landed object version once, hashes it, and writes the batch manifest. */
export function createIngestActivity(
  deps: IngestDependencies,
): (input: IngestInput) => Promise<IngestResult> {
  return async ({ run, batchUri }) => {
    const plan = await deps.plans.load(run.pipeline, run.planDigest);
    const { minObjectBytes } = plan.source;
    const key = ingestKey(plan, run.batchDigest);
    return publishStageResult<IngestResult>(
      stageAddress(deps, run, key),
      async () => {
        const { value: batch } = await readDocument<BatchDocument>(deps.store, parseS3Uri(batchUri));
        const manifest = await buildManifest(deps, run.batchDigest, batch, minObjectBytes);
        const manifestKey = lakeLayout.stageArtifact(run.pipeline, 'ingest', key.digest, 'manifest.json');
        const { ref, value } = await createDocument(
          deps.store,
          { bucket: deps.lakeBucket, key: manifestKey },
          manifest,
        );
        return {
          manifest: ref,
          objects: value.objects.length,
          bytes: value.objects.reduce((sum, object) => sum + object.bytes, 0),
          skipped: value.skipped.length,
        };
      },
      (result) => [result.manifest],
    );
  };
}

export function ingestKey({ source: { minObjectBytes } }: PipelinePlan, batchDigest: string): StageKey {
  return stageKey('ingest', { code: INGEST_CODE_VERSION, batch: batchDigest, minObjectBytes });
}

async function buildManifest(
  deps: IngestDependencies,
  batchDigest: string,
  batch: BatchDocument,
  minObjectBytes: number,
): Promise<BatchManifest> {
  const entries = await mapConcurrent(batch.objects, HASHED_AT_ONCE, (object, index) => {
    deps.progress({ stage: 'ingest', object: index + 1, of: batch.objects.length });
    return ingestObject(deps, batchDigest, batch, object, minObjectBytes);
  });
  const objects = entries.flatMap((entry) => ('sha256' in entry ? entry : []));
  const skipped = entries.flatMap((entry) => ('reason' in entry ? entry : []));
  return {
    formatVersion: 1,
    pipeline: batch.pipeline,
    batchDigest,
    objects,
    skipped,
    ...(batch.replay ? { replay: batch.replay } : {}),
    ...(batch.again?.batch === undefined ? {} : { insteadOf: batch.again.batch }),
  };
}

async function ingestObject(
  deps: IngestDependencies,
  batchDigest: string,
  batch: BatchDocument,
  object: SourceObject,
  minObjectBytes: number,
): Promise<ManifestEntry | SkippedObject> {
  if (object.bytes < minObjectBytes && !batch.replay) return { ...object, reason: 'too_small' };
  // Undefined when this version was deleted for good meanwhile.
  const found = await ifFound(hashObject(deps.store, object, deps.signal()));
  if (!found && batch.replay) throw goneFromReplay(object);
  if (!found) return { ...object, reason: 'gone' };
  const entry = { ...object, sha256: found.sha256 };
  // What a replay or a deliberate re-run brings back is processed, whatever the ledger knows of its object.
  const isWanted = batch.replay !== undefined || batch.again !== undefined;
  const publishedBy = isWanted ? undefined : await deps.ledger.publishedBy(batch.pipeline, entry);
  // The batch that published this content may be our own, on an attempt after the ledger was written.
  const isKnown = publishedBy !== undefined && publishedBy !== batchDigest;
  return isKnown ? { ...object, reason: 'same_content' } : entry;
}

/** The rows that a replay has claimed must not get lost in silence. */
function goneFromReplay(object: SourceObject): PermanentFailure {
  return new PermanentFailure(
    'NotFound',
    'Object of quarantined rows was deleted: put it back, its rows are in the quarantine file',
    { version: objectVersionId(object) },
  );
}
