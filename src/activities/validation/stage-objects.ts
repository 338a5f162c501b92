import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchManifest, ManifestEntry } from '../../domain/artifact';
import type { PipelinePlan } from '../../domain/plan';
import { hashingDownload } from '../../lake/streams';
import type { QuerySession } from '../../ports/query-engine';
import type { StagedObject } from '../../sql/staged-object';
import type { UnreadableFile } from '../../sql/unreadable-files';
import type { StageDependencies } from '../stage-dependencies';
import { createSourceReader } from './create-source-reader';
import type { CheckedFile, LocalFile } from './source-reader';
import { unreadable } from './reading-file';
import type { TypingLanes } from './typing-lanes';

export interface StagedBatch {
  readonly staged: readonly StagedObject[];
  /** One JSON document per record that is none. */
  readonly faultsPath: string;
  /** Files that cannot be read as a whole; then nothing is staged. */
  readonly unreadable: readonly UnreadableFile[];
}

/** Downloads a batch, checks the beginning of every file before any row, and makes of each what the engine reads. */
export async function stageObjects(
  deps: StageDependencies,
  plan: PipelinePlan,
  manifest: BatchManifest,
  directory: string,
  session: QuerySession,
  lanes?: TypingLanes,
): Promise<StagedBatch> {
  const faultsPath = join(directory, 'faults.ndjson');
  const faults = await open(faultsPath, 'w');
  try {
    const reader = createSourceReader({
      plan,
      session,
      faults,
      signal: deps.signal(),
      ...(lanes && { lanes }),
    });
    const check = async (file: ListedFile): Promise<CheckedFile> => {
      await download(deps, file.entry, file.path);
      deps.progress({ stage: 'validate', file: file.object + 1, of: manifest.objects.length });
      return reader.check(file);
    };
    const checked = await tryAll(listed(manifest, directory), check);
    if (checked.unreadable.length > 0) return { staged: [], faultsPath, unreadable: checked.unreadable };
    const staged = await tryAll(checked.done, reader.stage);
    return {
      staged: staged.unreadable.length > 0 ? [] : staged.done,
      faultsPath,
      unreadable: staged.unreadable,
    };
  } finally {
    await faults.close();
  }
}

interface ListedFile extends LocalFile {
  readonly entry: ManifestEntry;
}

function listed({ objects }: BatchManifest, directory: string): readonly ListedFile[] {
  return objects.map((entry, object) => ({
    entry,
    object,
    key: entry.key,
    path: join(directory, `object-${object}`),
  }));
}

/** One file after the other; those that cannot be read do not hide each other. */
async function tryAll<In extends { readonly object: number }, Out>(
  files: readonly In[],
  work: (file: In) => Promise<Out>,
): Promise<{ readonly done: readonly Out[]; readonly unreadable: readonly UnreadableFile[] }> {
  const done: Out[] = [];
  const refused: UnreadableFile[] = [];
  for (const file of files) {
    const reason = await unreadable(async () => {
      done.push(await work(file));
    });
    if (reason !== undefined) refused.push({ object: file.object, reason });
  }
  return { done, unreadable: refused };
}

/** The manifest's version of the object and no other: its hash is checked while it streams. */
async function download(deps: StageDependencies, entry: ManifestEntry, path: string): Promise<void> {
  const { bucket, key, versionId, sha256 } = entry;
  const location = { bucket, key, ...(versionId === undefined ? {} : { versionId }) };
  await hashingDownload(deps.store, location, path, { signal: deps.signal(), expectedSha256: sha256 });
}
