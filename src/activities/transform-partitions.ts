import { link } from 'node:fs/promises';
import type { TransformPartitionsInput, TransformPartitionsResult } from '../contracts/activities/stages';
import { lakeLayout } from '../domain/lake-layout';
import { createDocument, findDocument } from '../lake/documents';
import { claimed, type ClaimAddress } from '../lake/stage-claims';
import { withScratch } from './scratch';
import type { LentFile, SharedFiles } from './shared-files';
import type { StageDependencies } from './stage-dependencies';
import { makePart } from './transformation/make-part';
import { downloadAccepted, withContext } from './transformation/open-context';
import {
  openPartProgress,
  type PartProgress,
  type PartProgressDependencies,
} from './transformation/part-progress';
import { partLocation, readWorkList, type PartDocument } from './transformation/work-list';

export interface PartitionsDependencies extends StageDependencies, PartProgressDependencies {
  /** Where groups of one batch find its accepted rows; absent = each fetches them. */
  readonly shared?: SharedFiles;
}

/**
 * Makes the partitions of one group of a work list and publishes, create-only, what they are; `transform` commits them.
 * An attempt goes on where the one before it was, and finds the group done when somebody else has done it.
 *
 * Failures: those of `transform`.
 */
export function createPartitionsActivity(
  deps: PartitionsDependencies,
): (input: TransformPartitionsInput) => Promise<TransformPartitionsResult> {
  return async (input) => {
    const { run, work, group } = input;
    const { pipeline } = run;
    const progress = openPartProgress(deps, { pipeline, list: work.sha256, group });
    const location = partLocation(deps, pipeline, work.sha256, group);
    const reuse = async (): Promise<TransformPartitionsResult | undefined> => {
      const standing = await findDocument<PartDocument>(deps.store, location);
      const partitions = standing?.value.periods.length;
      return partitions === undefined ? undefined : { partitions, resumed: partitions };
    };
    return claimed(claimOf(deps, input), reuse, async () => {
      const { periods, resumed } = await make(deps, input, progress);
      const part: PartDocument = { formatVersion: 1, periods };
      await createDocument(deps.store, location, part);
      return { partitions: periods.length, resumed };
    });
  };
}

/** Two runs with equal lists do a group once. */
function claimOf(
  { store, lakeBucket, signal }: PartitionsDependencies,
  { run, work, group }: TransformPartitionsInput,
): ClaimAddress {
  const key = lakeLayout.stageClaim(run.pipeline, 'transform', `${work.sha256}-${group}`);
  return {
    store,
    location: { bucket: lakeBucket, key },
    holder: run.workflowId ?? run.batchDigest,
    signal,
  };
}

async function make(
  deps: PartitionsDependencies,
  input: TransformPartitionsInput,
  progress: PartProgress,
): ReturnType<typeof makePart> {
  const { run, work, group } = input;
  const plan = await deps.plans.load(run.pipeline, run.planDigest);
  const list = await readWorkList(deps, work);
  return withScratch(deps.scratchDirectory, 'part', (directory) =>
    withAccepted(deps, input, (fetch) =>
      withContext({ ...deps, progress: progress.report }, { input, plan, directory, fetch }, (context) =>
        makePart(context, list, list.groups[group] ?? [], progress),
      ),
    ),
  );
}

/** Lets groups of one batch on one worker download its rows once. */
async function withAccepted<T>(
  deps: PartitionsDependencies,
  { accepted }: TransformPartitionsInput,
  work: (fetch: (path: string) => Promise<void>) => Promise<T>,
): Promise<T> {
  const { shared } = deps;
  const download = (path: string): Promise<void> => downloadAccepted(deps, accepted, path);
  if (!shared) return work(download);
  let lent: Promise<LentFile> | undefined;
  try {
    return await work(async (path) => {
      lent = shared.lend(accepted.sha256, download);
      // An engine may read its own directory and no other.
      await link((await lent).path, path);
    });
  } finally {
    await lent?.then(
      ({ release }) => {
        release();
      },
      () => undefined,
    );
  }
}
