import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { waitForIdle } from '../../src/cli/commands/wait';
import type { RunInfo } from '../../src/client/run-client';
import type { PartitionUnit } from '../../src/domain/period';
import { listSnapshots, verifySnapshot } from '../../src/lake/backups';
import { listModelVersions, readAlias } from '../../src/lake/registry';
import { requireTableVersion } from '../../src/lake/table-files';
import { tripsCsv, type FeedOptions } from './small-feed';
import { REPOSITORY, type TestStack } from './millrace';

const TEMPLATE = path.join(REPOSITORY, 'test/support/fixtures/trips/pipeline.yaml');
const RUN_TIMEOUT_MS = 240_000;

export interface TripsOptions {
  /** Of a batch. */
  readonly maxObjects?: number;
  readonly reconcileMinutes?: number;
  /** Of training. */
  readonly rounds?: number;
  readonly checkpointRounds?: number;
  /** @default ['id'] */
  readonly key?: readonly string[];
  readonly partitionBy?: PartitionUnit;
}

/** Applies the trips pipeline under another name, so that one stack can play many scenes. */
export async function applyTrips(
  stack: TestStack,
  pipeline: string,
  options: TripsOptions = {},
): Promise<void> {
  const {
    maxObjects = 10,
    reconcileMinutes,
    rounds = 20,
    checkpointRounds = 5,
    key = ['id'],
    partitionBy,
  } = options;
  const template = await readFile(TEMPLATE, 'utf8');
  const layout = partitionBy === undefined ? '' : `layout: { partitionBy: ${partitionBy} }\n`;
  const reconcile = reconcileMinutes === undefined ? '' : `\n  reconcileMinutes: ${reconcileMinutes}`;
  const yaml = template
    .replace('pipeline: trips\n', `pipeline: ${pipeline}\n${layout}`)
    .replace('prefix: raw/trips/', `prefix: raw/${pipeline}/${reconcile}`)
    .replace('maxObjects: 10,', `maxObjects: ${maxObjects},`)
    .replace('key: [id]', `key: [${key.join(', ')}]`)
    .replace('num_round: 20,', `num_round: ${rounds},`)
    .replace('checkpoint_rounds: 5,', `checkpoint_rounds: ${checkpointRounds},`);
  await stack.millrace(['apply', await stack.writeFile(`${pipeline}.yaml`, yaml)]);
}

export async function uploadTrips(
  stack: TestStack,
  pipeline: string,
  name: string,
  feed: FeedOptions,
): Promise<void> {
  await stack.millrace(['upload', pipeline, await stack.writeFile(name, tripsCsv(feed))]);
}

/** Large enough for a model, some rows of it bad. */
export const TWENTY_DAYS: FeedOptions = { fromDay: 0, days: 20, tripsPerDay: 48, badEvery: 40 };

/** A pipeline of its own for one file. */
export async function landTrips(
  stack: TestStack,
  pipeline: string,
  { feed = TWENTY_DAYS, ...options }: TripsOptions & { readonly feed?: FeedOptions } = {},
): Promise<void> {
  await applyTrips(stack, pipeline, options);
  await uploadTrips(stack, pipeline, 'trips.csv', feed);
}

/** Waits until all that landed is processed; newest run first. */
export async function waitForTrips(stack: TestStack, pipeline: string): Promise<readonly RunInfo[]> {
  return waitForIdle(stack.session, pipeline, RUN_TIMEOUT_MS, () => undefined);
}

/** The run of a pipeline that had no other, once it is over. @throws Error unless its model was promoted */
export async function promotedRun(stack: TestStack, pipeline: string): Promise<RunInfo> {
  const runs = await waitForTrips(stack, pipeline);
  const [run] = runs;
  const verdict = run?.summary?.verdict;
  if (run && runs.length === 1 && run.status === 'completed' && verdict === 'promoted') return run;
  const got = runs.map(({ status, summary }) => `${status} ${summary?.verdict ?? ''}`).join(', ');
  throw new Error(`Expected one run that promoted its model, got ${got} [pipeline=${pipeline}]`);
}

/** {@link fingerprint} after {@link promotedRun}. */
export async function promoted(stack: TestStack, pipeline: string): ReturnType<typeof fingerprint> {
  await promotedRun(stack, pipeline);
  return fingerprint(stack, pipeline);
}

/**
 * What a pipeline has published, without what may differ between two runs over the same data: times, run ids and
 * the object versions that the store made up.
 */
export async function fingerprint({ session }: TestStack, pipeline: string) {
  const { store, settings } = session;
  const { lakeBucket, backupBucket } = settings;
  const models = await listModelVersions(store, lakeBucket, pipeline);
  const snapshots = await listSnapshots(store, backupBucket, pipeline);
  const newest = snapshots.at(-1)?.snapshot ?? '';
  const { objects, verified, damaged } = await verifySnapshot(store, backupBucket, pipeline, newest);
  return {
    clean: await requireTableVersion(store, lakeBucket, pipeline, 'clean'),
    features: await requireTableVersion(store, lakeBucket, pipeline, 'features'),
    models: models.map(({ value }) => ({
      version: value.version,
      challenger: value.challenger,
      files: Object.entries(value.files).map(([name, { sha256 }]) => `${name} ${sha256}`),
    })),
    champion: (await readAlias(store, lakeBucket, pipeline, 'champion'))?.version,
    backup: { snapshots: snapshots.length, objects, verified, damaged },
  };
}
