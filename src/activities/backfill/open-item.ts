import type {
  BackfillDocument,
  OpenBackfillItemInput,
  OpenBackfillItemOutput,
} from '../../contracts/activities/backfill';
import type { BatchDocument, BatchRef } from '../../contracts/activities/control';
import { objectVersionId, type SourceObject } from '../../domain/artifact';
import type { BackfillItem } from '../../domain/backfill';
import { lakeLayout } from '../../domain/lake-layout';
import { formatS3Uri, parseS3Uri } from '../../domain/s3-uri';
import { writeBatch } from '../../lake/batches';
import { readDocument } from '../../lake/documents';
import { mapConcurrent } from '../../lake/map-concurrent';
import { claimReplay, claimState, readOutcomes, readReplays } from '../../lake/replays';
import { PermanentFailure, TransientFailure } from '../../ports/failures';
import { LOOK_UP_LANES, type BackfillDependencies } from './dependencies';

type OpenedBatch = Pick<BatchRef, 'digest' | 'uri' | 'objects'>;

/** The batch that an item's run works on; the same one on every attempt. */
export async function openBackfillItem(
  deps: BackfillDependencies,
  { pipeline, plan, index }: OpenBackfillItemInput,
): Promise<OpenBackfillItemOutput> {
  const { value, ref } = await readDocument<BackfillDocument>(deps.store, parseS3Uri(plan));
  const item = value.items[index];
  if (!item) {
    throw new PermanentFailure('InvalidInput', 'Plan of the backfill has no such item', { plan, index });
  }
  const again = { request: ref.sha256.slice(0, 16), by: value.by, reason: `backfill: ${item.because}` };
  const batch = await openBatch(deps, pipeline, item, again);
  return { ...(batch ? { batch } : {}), after: item.after };
}

type Again = NonNullable<BatchDocument['again']>;

async function openBatch(
  deps: BackfillDependencies,
  pipeline: string,
  item: BackfillItem,
  again: Again,
): Promise<OpenedBatch | undefined> {
  const { batch = '', method, sources = [] } = item;
  if (method === 'new') return openNew(deps, pipeline, sources);
  const location = { bucket: deps.lakeBucket, key: lakeLayout.batch(pipeline, batch) };
  const { value } = await readDocument<BatchDocument>(deps.store, location);
  switch (method) {
    case 'same':
      return { digest: batch, uri: formatS3Uri(location), objects: value.objects.length };
    case 'again': {
      const { objects, replay } = value;
      const rerun = { ...again, of: item.id, batch };
      return writeBatch(deps.store, deps.lakeBucket, {
        pipeline,
        objects,
        ...(replay ? { replay } : {}),
        again: rerun,
      });
    }
    case 'replay':
      return openReplay(deps, pipeline, batch, value.objects);
  }
}

/** What was processed since the plan was made is left out. */
async function openNew(
  { store, lakeBucket, ledger }: BackfillDependencies,
  pipeline: string,
  sources: readonly SourceObject[],
): Promise<OpenedBatch | undefined> {
  const standings = await mapConcurrent(sources, LOOK_UP_LANES, (object) =>
    ledger.standing(pipeline, object),
  );
  const objects = sources.filter((_, index) => standings[index] === 'new');
  return objects.length === 0 ? undefined : writeBatch(store, lakeBucket, { pipeline, objects });
}

/** Claims a batch that was rejected whole, or finds the claim that somebody has made. */
async function openReplay(
  deps: BackfillDependencies,
  pipeline: string,
  batch: string,
  all: readonly SourceObject[],
): Promise<OpenedBatch | undefined> {
  const place = { store: deps.store, lakeBucket: deps.lakeBucket, pipeline };
  const replays = await readReplays(place);
  const outcomes = await readOutcomes(place);
  const claims = replays.filter(({ replay }) => replay.of.includes(batch));
  const standing = claims.find((record) => claimState(record, outcomes) !== 'void');
  const objects = await replayable(deps, pipeline, batch, all);
  if (standing && claimState(standing, outcomes) === 'accepted') return undefined;
  if (objects.length === 0) return undefined;
  const record = standing ?? (await claimReplay(place, replays.length + 1, objects, { of: [batch] }));
  if (!record) {
    throw new TransientFailure('CommitConflict', 'Another replay was faster: it is tried again', { batch });
  }
  return { digest: record.batchDigest, uri: record.batchUri, objects: objects.length };
}

/** As a replay by hand takes them: oldest first, without what was skipped or replaced. */
async function replayable(
  { ledger }: BackfillDependencies,
  pipeline: string,
  batch: string,
  objects: readonly SourceObject[],
): Promise<readonly SourceObject[]> {
  const wanted = await mapConcurrent(objects, LOOK_UP_LANES, async (object) => {
    const entry = await ledger.find(pipeline, object);
    return entry?.verdict !== 'skipped' && !(await ledger.isSuperseded(pipeline, object));
  });
  const place = (object: SourceObject): string => `${object.lastModified} ${objectVersionId(object)}`;
  return objects
    .filter((_, index) => wanted[index])
    .map((object) => ({ ...object, firstBatch: object.firstBatch ?? batch }))
    .sort((left, right) => (place(left) < place(right) ? -1 : 1));
}
