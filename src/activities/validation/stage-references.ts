import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lakeLayout } from '../../domain/lake-layout';
import type { PipelinePlan } from '../../domain/plan';
import { hashingDownload } from '../../lake/streams';
import { downloadTableFiles } from '../../lake/table-files';
import type { QuerySession } from '../../ports/query-engine';
import { formatOf, referenceTableSql, type ReferenceFiles } from '../../sql/references';
import type { StageDependencies } from '../stage-dependencies';
import type { PinnedReference } from './outside-inputs';

/** Loads the allowed values of each `references` rule into the session. */
export async function stageReferences(
  deps: StageDependencies,
  plan: PipelinePlan,
  references: readonly PinnedReference[],
  session: QuerySession,
  directory: string,
): Promise<void> {
  for (const pinned of references) {
    const folder = join(directory, `reference-${pinned.index}`);
    await mkdir(folder);
    const files = await download(deps, pinned, folder);
    const { rule, index } = pinned;
    await session.execute(referenceTableSql(plan, rule, index, files), deps.signal());
  }
}

/** The version that was pinned, whatever was written since. */
async function download(
  deps: StageDependencies,
  { rule, table, object }: PinnedReference,
  folder: string,
): Promise<ReferenceFiles> {
  const signal = deps.signal();
  if (object) {
    const { bucket, key, versionId, sha256 } = object;
    const format = formatOf(key);
    const path = join(folder, `values.${format}`);
    const location = { bucket, key, ...(versionId !== undefined && { versionId }) };
    await hashingDownload(deps.store, location, path, {
      signal,
      ...(sha256 !== undefined && { expectedSha256: sha256 }),
    });
    return { format, path };
  }
  const tableRoot = lakeLayout.table(rule.to.pipeline ?? '', 'clean');
  const files = table?.files ?? [];
  await downloadTableFiles(deps.store, { bucket: deps.lakeBucket, tableRoot }, files, folder, { signal });
  return { format: 'parquet', path: files.length === 0 ? undefined : join(folder, '**', '*.parquet') };
}
