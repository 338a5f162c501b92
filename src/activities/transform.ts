import { join } from 'node:path';
import type { TransformInput } from '../contracts/activities/stages';
import { lakeLayout, type TableName } from '../domain/lake-layout';
import { partitionUnit, type PipelinePlan } from '../domain/plan';
import { parseS3Uri } from '../domain/s3-uri';
import type { TransformResult } from '../domain/stage';
import type { CommitResult } from '../lake/delta/commit';
import { readSnapshot } from '../lake/delta/log';
import type { DeltaTable } from '../lake/delta/table';
import { tableVersion } from '../lake/delta/table-version';
import { publishStageResult, stageKey, type StageKey } from '../lake/stage-results';
import { hashingDownload } from '../lake/streams';
import { withScratch } from './scratch';
import { writeCheckpointIfDue } from './tables/write-checkpoint';
import { stageAddress, type StageDependencies } from './stage-dependencies';
import { countReplaced } from './transformation/replaced-rows';
import type { TransformContext } from './transformation/transform-context';
import { verifyTable } from './transformation/verify-table';
import { updateClean } from './transformation/update-clean';
import { featuresDigest, updateFeatures } from './transformation/update-features';
import { updateTombstones } from './transformation/update-tombstones';
import { acceptedPeriods } from './transformation/batch-groups';

/** Bump when table files change for equal accepted rows. */
const TRANSFORM_CODE_VERSION = 1;

/**
 * Brings the clean and the feature table to a new version each. Both commits are named after the batch and the plan,
 * so an attempt that was killed anywhere is finished by the next one, and nothing counts twice.
 *
 * Failures: `PermanentFailure('IntegrityError')` for accepted rows or table files whose bytes changed;
 * `PermanentFailure('SchemaConflict')` when the table's files do not fit the plan's columns; those of the store and
 * the engine.
 */
export function createTransformActivity(
  deps: StageDependencies,
): (input: TransformInput) => Promise<TransformResult> {
  return async (input) => {
    const plan = await deps.plans.load(input.run.pipeline, input.run.planDigest);
    const result = await publishStageResult<TransformResult>(
      stageAddress(deps, input.run, transformKey(deps, plan, input)),
      () =>
        withScratch(deps.scratchDirectory, 'transform', (directory) =>
          updateTables(deps, input, plan, directory),
        ),
      () => [],
    );
    if (result.reused) {
      await verifyTable(deps, tableOf(deps, plan, 'clean'), result.clean);
      await verifyTable(deps, tableOf(deps, plan, 'features'), result.features);
    }
    return result;
  };
}

/** The tables' state is not part of it: a batch is merged once, whatever the tables hold by then. */
export function transformKey(
  { engine }: Pick<StageDependencies, 'engine'>,
  plan: PipelinePlan,
  { run, accepted }: TransformInput,
): StageKey {
  return stageKey('transform', {
    engine: engine.version,
    code: TRANSFORM_CODE_VERSION,
    batch: run.batchDigest,
    accepted: accepted.sha256,
    merge: { newest: plan.newest ?? null, delete: plan.delete ?? null },
    partitionBy: partitionUnit(plan),
    features: featuresDigest(plan),
  });
}

async function updateTables(
  deps: StageDependencies,
  input: TransformInput,
  plan: PipelinePlan,
  directory: string,
): Promise<Omit<TransformResult, 'reused'>> {
  const context = await openContext(deps, input, plan, directory);
  const periods = await acceptedPeriods(context);
  await updateTombstones(context);
  const { committed: clean, keys, deletes } = await updateClean(context, periods);
  const accepted = periods.reduce((sum, { rows }) => sum + rows, 0);
  const replaced = await countReplaced(context, { accepted, keys, deletes }, clean);
  // The newest version, which may hold later batches as well: features never fall behind.
  const newest = (await readSnapshot(deps.store, context.clean)) ?? clean.snapshot;
  const features = await updateFeatures(context, newest);
  await writeCheckpointIfDue(deps, context.clean, newest, directory);
  await writeCheckpointIfDue(deps, context.features, features.snapshot, directory);
  return { clean: versionOf(clean), features: versionOf(features), ...replaced };
}

function versionOf({ snapshot }: CommitResult): TransformResult['clean'] {
  return tableVersion(snapshot);
}

async function openContext(
  deps: StageDependencies,
  { run, accepted }: TransformInput,
  plan: PipelinePlan,
  directory: string,
): Promise<TransformContext> {
  const acceptedPath = join(directory, 'accepted.parquet');
  const { head } = await hashingDownload(deps.store, parseS3Uri(accepted.uri), acceptedPath, {
    signal: deps.signal(),
    expectedSha256: accepted.sha256,
  });
  return {
    deps,
    plan,
    acceptedPath,
    directory,
    local: new Map(),
    clean: tableOf(deps, plan, 'clean'),
    features: tableOf(deps, plan, 'features'),
    tombstones: tableOf(deps, plan, 'tombstones'),
    transactionId: `millrace/${plan.pipeline}/${run.batchDigest}/${run.planDigest}`,
    timestampMs: Date.parse(head.lastModified),
    parameters: { batchDigest: run.batchDigest, planDigest: run.planDigest },
  };
}

function tableOf({ lakeBucket }: StageDependencies, { pipeline }: PipelinePlan, name: TableName): DeltaTable {
  return { bucket: lakeBucket, tableRoot: lakeLayout.table(pipeline, name) };
}
