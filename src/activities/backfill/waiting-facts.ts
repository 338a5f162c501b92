import type { BatchDocument } from '../../contracts/activities/control';
import { objectVersionId, type SourceObject } from '../../domain/artifact';
import type { BackfillWish, BatchFacts } from '../../domain/backfill';
import { chooseBatch } from '../../domain/batch';
import { groupBy } from '../../domain/group-by';
import { lakeLayout } from '../../domain/lake-layout';
import { totalBytes } from '../../lake/batches';
import { digestOf } from '../../lake/digest';
import { findDocument, readDocument } from '../../lake/documents';
import type { FailedRun } from '../../lake/ledger';
import { mapConcurrent } from '../../lake/map-concurrent';
import { unprocessedObjects } from '../../lake/unprocessed';
import { landedAt } from './batch-facts';
import { LOOK_UP_LANES, type BackfillDependencies } from './dependencies';
import type { Today } from './stage-standing';

/**
 * Objects that wait: in batches whose run failed and left no record (it was terminated), or in none.
 *
 * @param known batches that the books know otherwise
 */
export async function gatherWaitingFacts(
  deps: BackfillDependencies,
  today: Today,
  wish: BackfillWish,
  known: readonly BatchFacts[],
): Promise<readonly BatchFacts[]> {
  const { pipeline, source } = today.plan;
  const zone = { bucket: deps.lakeBucket, prefix: source.prefix };
  const waiting = await unprocessedObjects(deps.store, deps.ledger, pipeline, zone);
  const failed = await failedBatches(deps, pipeline);
  const knownBatches = new Set(known.map(({ batch }) => batch));
  const unrecorded = failed.filter(({ batch }) => !knownBatches.has(batch));
  const inBatches = new Set([
    ...failed.flatMap(({ objects }) => objects.map(objectVersionId)),
    ...(await objectsOfFailed(deps, pipeline, known)),
  ]);
  const inNone = waiting.filter(
    (object) => !inBatches.has(objectVersionId(object)) && isInRange(object, wish),
  );
  const isWaiting = new Set(waiting.map(objectVersionId));
  return [
    ...unrecorded
      .filter(({ objects }) => objects.some((object) => isWaiting.has(objectVersionId(object))))
      .map(({ batch, objects }) => ({
        ...waitingFacts(objects),
        batch,
        state: 'failed' as const,
        reason: 'its run ended without a record',
      })),
    ...inBatchesOf(inNone, source.batch).map((objects) => ({ ...waitingFacts(objects), sources: objects })),
  ];
}

function waitingFacts(objects: readonly SourceObject[]): BatchFacts {
  return {
    id: digestOf(objects.map(objectVersionId).sort()),
    state: 'missing',
    changed: [],
    landedAt: landedAt(objects),
    objects: objects.length,
    bytes: totalBytes(objects),
    reuses: [],
  };
}

interface FailedBatch {
  readonly batch: string;
  readonly objects: readonly SourceObject[];
}

/** What the ledger keeps out of later batches. */
async function failedBatches(
  { store, lakeBucket: bucket }: BackfillDependencies,
  pipeline: string,
): Promise<readonly FailedBatch[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(bucket, lakeLayout.ledgerFailedPrefix(pipeline))) keys.push(key);
  const marks = await mapConcurrent(keys, LOOK_UP_LANES, async (key) => {
    const { value } = await readDocument<FailedRun & { readonly object: SourceObject }>(store, {
      bucket,
      key,
    });
    return value;
  });
  return [...groupBy(marks, ({ batchDigest }) => batchDigest)].map(([batch, ofBatch]) => ({
    batch,
    objects: ofBatch.map(({ object }) => object),
  }));
}

async function objectsOfFailed(
  { store, lakeBucket: bucket }: BackfillDependencies,
  pipeline: string,
  known: readonly BatchFacts[],
): Promise<readonly string[]> {
  const failed = known.flatMap(({ state, batch }) =>
    state === 'failed' && batch !== undefined ? [batch] : [],
  );
  const documents = await mapConcurrent(failed, LOOK_UP_LANES, (digest) =>
    findDocument<BatchDocument>(store, { bucket, key: lakeLayout.batch(pipeline, digest) }),
  );
  return documents.flatMap((document) => (document?.value.objects ?? []).map(objectVersionId));
}

const DAY_CHARACTERS = '2013-01-31'.length;

function isInRange({ lastModified }: SourceObject, { from, to }: BackfillWish): boolean {
  const day = lastModified.slice(0, DAY_CHARACTERS);
  return from <= day && day <= to;
}

/** As the intake would make them. @param objects oldest first */
function inBatchesOf(
  objects: readonly SourceObject[],
  { maxObjects, maxBytes }: { readonly maxObjects: number; readonly maxBytes: number },
): readonly (readonly SourceObject[])[] {
  const batches: (readonly SourceObject[])[] = [];
  let rest = objects;
  while (rest.length > 0) {
    const next = rest.slice(0, maxObjects);
    const chosen = chooseBatch(
      next.map((object, index) => ({ index, object })),
      maxBytes,
    );
    batches.push(chosen.objects);
    const later = new Set(chosen.later);
    rest = [...next.filter((_, index) => later.has(index)), ...rest.slice(maxObjects)];
  }
  return batches;
}
