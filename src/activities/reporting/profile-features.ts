import { join } from 'node:path';
import type { RunFindings } from '../../contracts/messages';
import { lakeLayout, type TableName } from '../../domain/lake-layout';
import type { Period } from '../../domain/period';
import { partitionUnit, type PipelinePlan } from '../../domain/plan';
import type { ProfiledColumn } from '../../domain/profile';
import { readSnapshot } from '../../lake/delta/log';
import type { Snapshot } from '../../lake/delta/snapshot';
import { sha256OfAdd } from '../../lake/delta/table-version';
import { downloadTableFiles, type TableFile } from '../../lake/table-files';
import type { FeatureFacts } from '../../report/run-facts';
import { fileSource } from '../../sql/profile';
import { identifier } from '../../sql/quote';
import { storedName } from '../../sql/stored-names';
import { profileRows } from '../profiling/profile-rows';
import { withScratch } from '../scratch';
import type { StageDependencies } from '../stage-dependencies';
import { changedPeriods, filesByPeriod } from '../transformation/table-partitions';

/** A report must not cost what the batch cost: of more than this every n-th partition is looked at. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The label, features and windows of the partitions that the run's batch touched; undefined when it came to no table. */
export async function profileFeatures(
  deps: StageDependencies,
  plan: PipelinePlan,
  { clean, features }: RunFindings,
): Promise<FeatureFacts | undefined> {
  if (!clean || !features) return undefined;
  const cleanNow = await snapshotOf(deps, plan, 'clean', clean.version);
  const cleanBefore =
    clean.version === 0 ? undefined : await snapshotOf(deps, plan, 'clean', clean.version - 1);
  const featuresNow = await snapshotOf(deps, plan, 'features', features.version);
  if (!cleanNow || !featuresNow) return undefined;
  const byPeriod = filesByPeriod(featuresNow);
  const touched = cleanBefore
    ? changedPeriods(cleanBefore, cleanNow)
    : [...filesByPeriod(cleanNow).keys()].sort();
  const periods = touched.filter((period) => byPeriod.has(period));
  const [from, to] = [periods[0], periods.at(-1)];
  if (from === undefined || to === undefined) return undefined;
  const filesOf = (period: Period): readonly TableFile[] =>
    (byPeriod.get(period) ?? []).map((add) => ({
      path: add.path,
      bytes: add.size,
      sha256: sha256OfAdd(add),
    }));
  const chosen = choosePeriods(periods, (period) =>
    filesOf(period).reduce((sum, { bytes }) => sum + bytes, 0),
  );
  const profile = await profileFiles(deps, plan, chosen.flatMap(filesOf));
  return {
    version: features.version,
    partitionBy: partitionUnit(plan),
    from,
    to,
    partitions: periods.length,
    profiledPartitions: chosen.length,
    profile,
  };
}

/** What a model is made of, in the columns of a relation whose names `columnOf` gives. */
export function modelColumns(
  { features, windows, label }: PipelinePlan,
  columnOf: (name: string) => string,
): readonly ProfiledColumn[] {
  const column = (name: string, type: ProfiledColumn['type']): ProfiledColumn => ({
    name,
    column: columnOf(name),
    type,
  });
  return [
    column(label.name, 'double'),
    ...features.map(({ name, kind }) => column(name, kind === 'numeric' ? 'double' : 'string')),
    ...windows.map(({ name }) => column(name, 'double')),
  ];
}

function snapshotOf(
  { store, lakeBucket }: StageDependencies,
  { pipeline }: PipelinePlan,
  name: TableName,
  version: number,
): Promise<Snapshot | undefined> {
  return readSnapshot(store, { bucket: lakeBucket, tableRoot: lakeLayout.table(pipeline, name) }, version);
}

/** All partitions while they are small, else every n-th. */
function choosePeriods(periods: readonly Period[], bytesOf: (period: Period) => number): readonly Period[] {
  const bytes = periods.reduce((sum, period) => sum + bytesOf(period), 0);
  const every = Math.max(1, Math.ceil(bytes / MAX_BYTES));
  return periods.filter((_period, index) => index % every === 0);
}

function profileFiles(
  deps: StageDependencies,
  plan: PipelinePlan,
  files: readonly TableFile[],
): Promise<FeatureFacts['profile']> {
  return withScratch(deps.scratchDirectory, 'report', async (directory) => {
    const table = { bucket: deps.lakeBucket, tableRoot: lakeLayout.table(plan.pipeline, 'features') };
    await downloadTableFiles(deps.store, table, files, directory, { signal: deps.signal() });
    const session = await deps.engine.open({ ...deps.engineOptions, directory });
    try {
      // Models learn from rows with a label, so these are what compares.
      const isLabelled = `${identifier(storedName(plan.label.name))} IS NOT NULL`;
      const source = fileSource(
        files.map(({ path }) => join(directory, path)),
        isLabelled,
      );
      return await profileRows(session, modelColumns(plan, storedName), source, deps.signal());
    } finally {
      await session.close();
    }
  });
}
