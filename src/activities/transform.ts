import type { TransformInput, TransformWork } from '../contracts/activities/stages';
import { partitionUnit, type PipelinePlan } from '../domain/plan';
import { isFresh, type RunRef, type TransformResult } from '../domain/stage';
import { readSnapshot } from '../lake/delta/log';
import { tableVersion } from '../lake/delta/table-version';
import { publishStageResult, stageKey, type Postponed, type StageKey } from '../lake/stage-results';
import { requireDeltaSnapshot } from '../lake/table-files';
import { withScratch } from './scratch';
import { stageAddress, type StageDependencies } from './stage-dependencies';
import { writeCheckpointIfDue } from './tables/write-checkpoint';
import { acceptedPeriods } from './transformation/batch-groups';
import { tableOf, withContext } from './transformation/open-context';
import { countReplaced } from './transformation/replaced-rows';
import type { TransformContext, TransformDependencies } from './transformation/transform-context';
import { updateClean, type UpdatedClean } from './transformation/update-clean';
import { featuresDigest, updateFeatures } from './transformation/update-features';
import { updateTombstones } from './transformation/update-tombstones';
import { verifyTable } from './transformation/verify-table';
import {
  publishWorkList,
  readParts,
  readWorkList,
  type MergedBatch,
  type Part,
  type WorkList,
} from './transformation/work-list';

/** Bump when table files change for equal accepted rows. */
const TRANSFORM_CODE_VERSION = 2;

/**
 * Brings the clean and the feature table to a new version each. Both commits are named after the batch and the plan,
 * so an attempt that was killed anywhere is finished by the next one, and nothing counts twice.
 *
 * A batch that is too large for one activity is answered with a work list; once its groups are done, the next call
 * commits them, or answers with another list (docs/decisions/0009-groups-as-activities.md).
 *
 * Failures: `PermanentFailure('IntegrityError')` for accepted rows or table files whose bytes changed;
 * `PermanentFailure('SchemaConflict')` when the table's files do not fit the plan's columns; those of the store and
 * the engine.
 */
export function createTransformActivity(
  deps: TransformDependencies,
): (input: TransformInput) => Promise<TransformResult | TransformWork> {
  return async (input) => {
    const plan = await deps.plans.load(input.run.pipeline, input.run.planDigest);
    const key = transformKey(deps, plan, input);
    const result = await publishStageResult<TransformResult, TransformWork>(
      stageAddress(deps, input.run, key),
      () =>
        withScratch(deps.scratchDirectory, 'transform', (directory) =>
          withContext(deps, { input, plan, directory }, (context) => updateTables(context, input, key)),
        ),
      () => [],
    );
    if ('work' in result) return result;
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
  context: TransformContext,
  input: TransformInput,
  key: StageKey,
): Promise<Omit<TransformResult, 'reused'> | Postponed<TransformWork>> {
  const { deps, directory } = context;
  const { list, parts } = await openWork(deps, input);
  const accepted = list?.accepted ?? (await acceptedPeriods(context));
  const basis = { formatVersion: 1, stage: key.digest, ...freshFor(input.run), accepted } as const;
  if (!list) await updateTombstones(context);
  const clean = list?.merged
    ? await findMerged(context, list.merged)
    : await updateClean(context, accepted, parts);
  if ('groups' in clean) return postpone(deps, input, list, { ...basis, ...clean });
  const { committed, keys, deletes } = clean;
  const rows = accepted.reduce((sum, each) => sum + each.rows, 0);
  const replaced = await countReplaced(context, { accepted: rows, keys, deletes }, committed);
  // The newest version, which may hold later batches as well: features never fall behind.
  const newest = (await readSnapshot(deps.store, context.clean)) ?? committed.snapshot;
  const features = await updateFeatures(context, newest, list?.table === 'features' ? parts : []);
  if ('groups' in features) {
    const merged = { version: committed.version, keys, deletes };
    return postpone(deps, input, list, { ...basis, ...features, merged });
  }
  await writeCheckpointIfDue(deps, context.clean, newest, directory);
  await writeCheckpointIfDue(deps, context.features, features.snapshot, directory);
  return { clean: tableVersion(committed.snapshot), features: tableVersion(features.snapshot), ...replaced };
}

async function openWork(
  deps: TransformDependencies,
  { run, work }: TransformInput,
): Promise<{ readonly list?: WorkList; readonly parts: readonly Part[] }> {
  if (!work) return { parts: [] };
  const list = await readWorkList(deps, work);
  return { list, parts: await readParts(deps, run.pipeline, list) };
}

/** The clean table as the call before this one left it. */
async function findMerged(
  { deps, clean }: TransformContext,
  { version, ...counts }: MergedBatch,
): Promise<UpdatedClean> {
  const snapshot = await requireDeltaSnapshot(deps.store, clean, version);
  return { committed: { version, snapshot, alreadyCommitted: true }, ...counts };
}

/** Work that was asked for anew shares no parts with other runs. */
function freshFor(run: RunRef): Pick<WorkList, 'fresh'> {
  return isFresh(run, 'transform') ? { fresh: run.workflowId ?? run.batchDigest } : {};
}

async function postpone(
  deps: TransformDependencies,
  { run, work: before }: TransformInput,
  last: WorkList | undefined,
  list: WorkList,
): Promise<Postponed<TransformWork>> {
  const after = before && last?.table === list.table ? { after: before.uri } : {};
  const work = await publishWorkList(deps, run, { ...list, ...after });
  const { table, groups } = list;
  return { postponed: { work, table, groups: groups.length, parallel: deps.split?.parallel ?? 1 } };
}
