import type { RunInfo } from '../../../src/client/run-client';
import type { BatchDocument } from '../../../src/contracts/activities/control';
import { lakeLayout } from '../../../src/domain/lake-layout';
import { readDocument } from '../../../src/lake/documents';
import type { LedgerEntry } from '../../../src/lake/ledger';
import { mapConcurrent } from '../../../src/lake/map-concurrent';
import type { TestStack } from '../millrace';

const LANES = 8;

/** What landed for a pipeline and what became of it, as the store has it. Version ids, sorted. */
export interface StormBooks {
  readonly landed: readonly string[];
  /** One for each ledger record. */
  readonly recorded: readonly string[];
  readonly verdicts: readonly string[];
  /** One for each object of each batch that ran. */
  readonly batched: readonly string[];
  readonly batches: readonly BatchDocument['objects'][];
  readonly removals: number;
}

/** @param runs all runs of the pipeline; one that did not complete shows as objects that no batch holds. */
export async function readBooks(
  stack: TestStack,
  pipeline: string,
  runs: readonly RunInfo[],
): Promise<StormBooks> {
  const ledger = await documentsUnder<LedgerEntry>(stack, lakeLayout.ledgerPrefix(pipeline));
  const removals = await documentsUnder(stack, lakeLayout.ledgerRemovedPrefix(pipeline));
  const digests = runs.flatMap(({ status, summary }) =>
    status === 'completed' ? (summary?.batchDigest ?? []) : [],
  );
  const batches = await mapConcurrent(digests, LANES, async (digest) => {
    const key = lakeLayout.batch(pipeline, digest);
    return (await readDocument<BatchDocument>(stack.session.store, { bucket: 'lake', key })).value.objects;
  });
  return {
    landed: await landedVersions(stack, pipeline),
    recorded: ledger.map(({ object }) => object.versionId ?? '').sort(),
    verdicts: [...new Set(ledger.map(({ verdict }) => verdict))],
    batched: batches
      .flat()
      .map(({ versionId }) => versionId ?? '')
      .sort(),
    batches,
    removals: removals.length,
  };
}

async function documentsUnder<T>({ session }: TestStack, prefix: string): Promise<readonly T[]> {
  const keys: string[] = [];
  for await (const { key } of session.store.list('lake', prefix)) keys.push(key);
  return mapConcurrent(
    keys,
    LANES,
    async (key) => (await readDocument<T>(session.store, { bucket: 'lake', key })).value,
  );
}

async function landedVersions({ session }: TestStack, pipeline: string): Promise<readonly string[]> {
  const versions: string[] = [];
  const prefix = lakeLayout.landingPrefix(pipeline);
  for await (const { versionId, deleted } of session.store.listVersions('lake', prefix))
    if (!deleted) versions.push(versionId!);
  return versions.sort();
}
