import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchManifest, ManifestEntry } from '../../domain/artifact';
import type { PipelinePlan } from '../../domain/plan';
import { hashingDownload } from '../../lake/streams';
import type { StagedObject } from '../../sql/load-csv';
import type { UnreadableFile } from '../../sql/unreadable-files';
import type { StageDependencies } from '../stage-dependencies';
import { checkHeader } from './csv-header';
import { scanCsv } from './scan-csv';

export interface StagedBatch {
  readonly staged: readonly StagedObject[];
  /** One JSON document per record that is none. */
  readonly faultsPath: string;
  /** Files that cannot be read as a whole; then nothing is staged. */
  readonly unreadable: readonly UnreadableFile[];
}

interface LocalObject {
  readonly object: number;
  readonly path: string;
  readonly header: readonly string[];
}

/** Downloads a batch, checks every file's header before any row, and splits the files into sound and faulty records. */
export async function stageObjects(
  deps: StageDependencies,
  plan: PipelinePlan,
  manifest: BatchManifest,
  directory: string,
): Promise<StagedBatch> {
  const faultsPath = join(directory, 'faults.ndjson');
  const locals: LocalObject[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const [object, entry] of manifest.objects.entries()) {
    const path = join(directory, `object-${object}.csv`);
    await download(deps, entry, path);
    deps.progress({ stage: 'validate', file: object + 1, of: manifest.objects.length });
    const check = await checkHeader(
      path,
      plan.source.csv,
      plan.columns.map(({ name }) => name),
    );
    if (check.ok) locals.push({ object, path, header: check.header });
    else unreadable.push(...check.reasons.map((reason) => ({ object, reason })));
  }
  if (unreadable.length > 0) {
    await writeFile(faultsPath, '');
    return { staged: [], faultsPath, unreadable };
  }
  return { ...(await scanAll(deps, plan, locals, faultsPath)), faultsPath };
}

/** The manifest's version of the object and no other: its hash is checked while it streams. */
async function download(deps: StageDependencies, entry: ManifestEntry, path: string): Promise<void> {
  const { bucket, key, versionId, sha256 } = entry;
  const location = { bucket, key, ...(versionId === undefined ? {} : { versionId }) };
  await hashingDownload(deps.store, location, path, { signal: deps.signal(), expectedSha256: sha256 });
}

async function scanAll(
  deps: StageDependencies,
  plan: PipelinePlan,
  locals: readonly LocalObject[],
  faultsPath: string,
): Promise<Pick<StagedBatch, 'staged' | 'unreadable'>> {
  const faults = await open(faultsPath, 'w');
  try {
    const staged: StagedObject[] = [];
    const unreadable: UnreadableFile[] = [];
    for (const { object, path, header } of locals) {
      const soundPath = `${path}.sound`;
      const { rejection } = await scanCsv({
        object,
        path,
        dialect: plan.source.csv,
        cells: plan.columns.length,
        soundPath,
        faults,
        signal: deps.signal(),
      });
      await rm(path);
      staged.push({ object, path: soundPath, header });
      if (rejection !== undefined) unreadable.push({ object, reason: rejection });
    }
    return { staged: unreadable.length > 0 ? [] : staged, unreadable };
  } finally {
    await faults.close();
  }
}
