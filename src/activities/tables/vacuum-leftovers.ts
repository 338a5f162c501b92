import type { VacuumedFiles } from '../../contracts/activities/maintenance';
import { lakeLayout } from '../../domain/lake-layout';
import { parseS3Uri } from '../../domain/s3-uri';
import { folderOf, unneededFiles, unneededWork, type ListedFile } from '../../domain/vacuum';
import { findDocument } from '../../lake/documents';
import { mapConcurrent } from '../../lake/map-concurrent';
import type { StageDependencies } from '../stage-dependencies';
import type { WorkList } from '../transformation/work-list';
import { deleteOldFiles, listFiles, type DeleteDependencies, type Folder } from './old-files';

export interface LeftoversDependencies extends DeleteDependencies, Pick<StageDependencies, 'lakeBucket'> {}

const READ_LANES = 8;

/**
 * Deletes what large batches and killed workers have left behind: work lists with their parts and progress, and stage
 * claims. Work that anything was added to after `cutoffMs` stays, with the lists that it goes on from.
 */
export async function vacuumLeftovers(
  deps: LeftoversDependencies,
  pipeline: string,
  cutoffMs: number,
  dryRun: boolean,
): Promise<VacuumedFiles> {
  const { store, lakeBucket: bucket } = deps;
  const work: Folder = { bucket, prefix: lakeLayout.transformWorkPrefix(pipeline) };
  const claims: Folder = { bucket, prefix: lakeLayout.stageClaimsPrefix(pipeline) };
  const works = await listFiles(store, work);
  const claimed = await listFiles(store, claims);
  const old: readonly (readonly [Folder, readonly ListedFile[]])[] = [
    [work, unneededWork(works, await listsBefore(deps, work, works), cutoffMs)],
    [claims, unneededFiles(claimed, new Set(), cutoffMs)],
  ];
  const gone: ListedFile[] = [];
  for (const [folder, files] of old) {
    gone.push(...(dryRun ? files : await deleteOldFiles(deps, folder, files, cutoffMs)));
  }
  return {
    files: works.length + claimed.length,
    unneeded: gone.length,
    unneededBytes: gone.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** By folder of a list that goes on from another one: that one's folder. */
async function listsBefore(
  { store }: LeftoversDependencies,
  { bucket, prefix }: Folder,
  files: readonly ListedFile[],
): Promise<ReadonlyMap<string, string>> {
  const lists = files.filter(({ path }) => path.endsWith('/list.json'));
  const before = await mapConcurrent(lists, READ_LANES, async ({ path }) => {
    const found = await findDocument<WorkList>(store, { bucket, key: `${prefix}${path}` });
    const after = found?.value.after;
    if (after === undefined) return [];
    return [[folderOf(path), folderOf(parseS3Uri(after).key.slice(prefix.length))] as const];
  });
  return new Map(before.flat());
}
