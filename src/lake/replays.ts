import type { BatchDocument } from '../contracts/activities/control';
import type { ReplayScope, SourceObject } from '../domain/artifact';
import { objectVersionId } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import type { BatchOutcome } from '../domain/replay';
import { formatS3Uri } from '../domain/s3-uri';
import type { ObjectStore } from '../ports/object-store';
import { digestOf } from './digest';
import { createDocument, readDocument } from './documents';

/** One replay: which batch brings which rows back. What became of it stands in that batch's outcome. */
export interface ReplayRecord {
  readonly formatVersion: 1;
  /** From 1 on, without gaps. */
  readonly sequence: number;
  readonly batchDigest: string;
  readonly batchUri: string;
  readonly replay: ReplayScope;
}

interface Place {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
  readonly pipeline: string;
}

/** All replays of a pipeline, oldest first. */
export async function readReplays({ store, lakeBucket, pipeline }: Place): Promise<readonly ReplayRecord[]> {
  const records: ReplayRecord[] = [];
  for await (const { key } of store.list(lakeBucket, lakeLayout.replayLogPrefix(pipeline))) {
    records.push((await readDocument<ReplayRecord>(store, { bucket: lakeBucket, key })).value);
  }
  return records;
}

/** Every batch that has rejected rows or was rejected whole, and is finished. */
export async function readOutcomes({
  store,
  lakeBucket,
  pipeline,
}: Place): Promise<ReadonlyMap<string, BatchOutcome>> {
  const outcomes = new Map<string, BatchOutcome>();
  for await (const { key } of store.list(lakeBucket, lakeLayout.quarantinePrefix(pipeline))) {
    if (!key.endsWith('/outcome.json')) continue;
    const { value } = await readDocument<BatchOutcome>(store, { bucket: lakeBucket, key });
    outcomes.set(value.batchDigest, value);
  }
  return outcomes;
}

/**
 * Claims rows for the replay with this number. The log decides who gets them: its records are create-only, and whoever
 * claims has read all earlier ones, so no row can be in two replays at a time.
 *
 * @returns undefined when another replay took the number: read the log again.
 */
export async function claimReplay(
  { store, lakeBucket, pipeline }: Place,
  sequence: number,
  objects: readonly SourceObject[],
  replay: ReplayScope,
): Promise<ReplayRecord | undefined> {
  const batchDigest = digestOf({ sequence, objects: objects.map(objectVersionId), replay });
  const batch = { bucket: lakeBucket, key: lakeLayout.batch(pipeline, batchDigest) };
  const document: BatchDocument = { formatVersion: 1, pipeline, objects, replay };
  await createDocument(store, batch, document);
  const record: ReplayRecord = {
    formatVersion: 1,
    sequence,
    batchDigest,
    batchUri: formatS3Uri(batch),
    replay,
  };
  const key = lakeLayout.replayRecord(pipeline, sequence);
  const { value } = await createDocument(store, { bucket: lakeBucket, key }, record);
  // An equal record is our own of an earlier try, or that of somebody who wants exactly the same.
  return value.batchDigest === batchDigest ? record : undefined;
}

/**
 * Gives up what a replay has claimed, as if it had been rejected; its batch cannot be run any more.
 *
 * @returns false when it was finished meanwhile
 */
export async function releaseReplay(
  { store, lakeBucket, pipeline }: Place,
  { batchDigest, replay }: ReplayRecord,
  who: Pick<BatchOutcome, 'run' | 'planDigest'> & Required<Pick<BatchOutcome, 'released'>>,
): Promise<boolean> {
  const outcome: BatchOutcome = {
    formatVersion: 1,
    pipeline,
    batchDigest,
    verdict: 'rejected',
    rows: 0,
    quarantinedRows: 0,
    replay,
    ...who,
  };
  const key = lakeLayout.quarantineOutcome(pipeline, batchDigest);
  const { value } = await createDocument(store, { bucket: lakeBucket, key }, outcome);
  return value.released !== undefined;
}

/** What a replay has for its rows. A claim of a rejected replay counts for nothing. */
export type ClaimState = 'replaying' | 'accepted' | 'void';

export function claimState(record: ReplayRecord, outcomes: ReadonlyMap<string, BatchOutcome>): ClaimState {
  const outcome = outcomes.get(record.batchDigest);
  if (!outcome) return 'replaying';
  return outcome.verdict === 'accepted' ? 'accepted' : 'void';
}
