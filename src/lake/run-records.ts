import type { RunSummary } from '../contracts/messages';
import { lakeLayout } from '../domain/lake-layout';
import type { ObjectStore } from '../ports/object-store';
import { readDocument } from './documents';
import { mapConcurrent } from './map-concurrent';

/** How a run ended, as it was recorded then. */
export interface RunRecord extends RunSummary {
  readonly workflowId: string;
  readonly runId: string;
  /** ISO 8601, the store's clock; of two runs that ended in one second the order is not known. */
  readonly recordedAt: string;
}

const LANES = 8;

/** All runs of a pipeline that have ended by themselves, oldest first: one small read for each. */
export async function readRunRecords(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
): Promise<readonly RunRecord[]> {
  const found: { readonly key: string; readonly recordedAt: string }[] = [];
  for await (const { key, lastModified } of store.list(bucket, lakeLayout.runSummariesPrefix(pipeline))) {
    found.push({ key, recordedAt: lastModified });
  }
  const records = await mapConcurrent(found, LANES, async ({ key, recordedAt }) => {
    const { value } = await readDocument<Omit<RunRecord, 'recordedAt'>>(store, { bucket, key });
    return { ...value, recordedAt };
  });
  return [...records].sort((left, right) => (left.recordedAt < right.recordedAt ? -1 : 1));
}
