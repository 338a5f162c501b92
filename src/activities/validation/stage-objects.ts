import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchManifest, ManifestEntry } from '../../domain/artifact';
import type { PipelinePlan } from '../../domain/plan';
import { oneAhead } from '../../lake/one-ahead';
import { hashingDownload } from '../../lake/streams';
import type { QuerySession } from '../../ports/query-engine';
import type { StagedObject } from '../../sql/staged-object';
import type { UnreadableFile } from '../../sql/unreadable-files';
import type { StageDependencies } from '../stage-dependencies';
import { createSourceReader } from './create-source-reader';
import type { CheckedFile, LocalFile, SourceReader } from './source-reader';
import type { TypingLanes } from './typing-lanes';
import { UnreadableContent } from './unreadable-content';

export interface StagedBatch {
  readonly staged: readonly StagedObject[];
  /** One JSON document per record that is none. */
  readonly faultsPath: string;
  /** Files that cannot be read as a whole; then nothing is staged. */
  readonly unreadable: readonly UnreadableFile[];
}

/**
 * Downloads a batch, checks the beginning of every file, and makes of each what the engine reads: one file is fetched
 * and checked while the one before it is scanned. If the beginning of any is refused, no row counts, whichever were
 * scanned meanwhile.
 */
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
    const fetch = async (file: ListedFile): Promise<CheckedFile | UnreadableFile> => {
      await download(deps, file.entry, file.path);
      deps.progress({ stage: 'validate', file: file.object + 1, of: manifest.objects.length });
      return orRefused(file, reader.check);
    };
    const { staged, unreadable, isRowless } = await stageFiles(
      oneAhead(listed(manifest, directory), fetch),
      reader,
    );
    if (isRowless) await faults.truncate();
    if (unreadable.length > 0) return { staged: [], faultsPath, unreadable };
    return { staged: lanes ? await lanes.finish(staged) : staged, faultsPath, unreadable };
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

interface StagedFiles extends Pick<StagedBatch, 'staged' | 'unreadable'> {
  /** The beginning of a file was refused: what was found in rows does not count. */
  readonly isRowless: boolean;
}

/** One file after the other; those that cannot be read do not hide each other. */
async function stageFiles(
  files: AsyncIterable<CheckedFile | UnreadableFile>,
  reader: SourceReader,
): Promise<StagedFiles> {
  const staged: StagedObject[] = [];
  const misfits: UnreadableFile[] = [];
  const damaged: UnreadableFile[] = [];
  for await (const file of files) {
    if (isRefused(file)) misfits.push(file);
    if (isRefused(file) || misfits.length > 0) continue;
    const done = await orRefused(file, reader.stage);
    if (isRefused(done)) damaged.push(done);
    else staged.push(done);
  }
  const isRowless = misfits.length > 0;
  return { staged, unreadable: isRowless ? misfits : damaged, isRowless };
}

async function orRefused<In extends LocalFile, Out>(
  file: In,
  work: (file: In) => Promise<Out>,
): Promise<Out | UnreadableFile> {
  try {
    return await work(file);
  } catch (error) {
    if (error instanceof UnreadableContent) return { object: file.object, reason: error.reason };
    throw error;
  }
}

function isRefused(outcome: object): outcome is UnreadableFile {
  return 'reason' in outcome;
}

/** The manifest's version of the object and no other: its hash is checked while it streams. */
async function download(deps: StageDependencies, entry: ManifestEntry, path: string): Promise<void> {
  const { bucket, key, versionId, sha256 } = entry;
  const location = { bucket, key, ...(versionId === undefined ? {} : { versionId }) };
  await hashingDownload(deps.store, location, path, { signal: deps.signal(), expectedSha256: sha256 });
}
