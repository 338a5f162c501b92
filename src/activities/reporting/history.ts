import { setTimeout as sleep } from 'node:timers/promises';
import { lakeLayout } from '../../domain/lake-layout';
import { withRun, type HistoryEntry, type RunHistory } from '../../domain/run-history';
import { findDocument, swapDocument } from '../../lake/documents';
import { TransientFailure } from '../../ports/failures';
import type { ObjectStore } from '../../ports/object-store';

/** Runs of one pipeline that end at the same moment are few. */
const MAX_TRIES = 10;
const PAUSE_MS = 50;

export async function readHistory(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
): Promise<RunHistory | undefined> {
  return (await findDocument<RunHistory>(store, { bucket, key: lakeLayout.runHistory(pipeline) }))?.value;
}

/** Adds a run to the pipeline's history, once. @throws TransientFailure CommitConflict when others are always faster. */
export async function addToHistory(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
  entry: HistoryEntry,
): Promise<void> {
  const location = { bucket, key: lakeLayout.runHistory(pipeline) };
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const standing = await findDocument<RunHistory>(store, location);
    if (standing?.value.runs.some(({ runId }) => runId === entry.runId)) return;
    if (await swapDocument(store, location, withRun(standing?.value, entry), standing?.etag)) return;
    await sleep(PAUSE_MS * (tries + 1));
  }
  throw new TransientFailure('CommitConflict', 'Other runs always changed the history first', { pipeline });
}
