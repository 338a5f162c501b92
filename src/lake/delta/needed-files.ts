import { oldestRetained, type VersionTime } from '../../domain/vacuum';
import type { ObjectStore } from '../../ports/object-store';
import { mapConcurrent } from '../map-concurrent';
import { readEntry, readSnapshot } from './log';
import { logFileOf, logPrefix, type DeltaTable } from './table';

const READ_LANES = 16;

/** Versions of a table and when each became visible; other engines travel in time by the same clock. */
export async function listVersionTimes(
  store: ObjectStore,
  table: DeltaTable,
): Promise<readonly VersionTime[]> {
  const versions: VersionTime[] = [];
  for await (const { key, lastModified } of store.list(table.bucket, logPrefix(table))) {
    const file = logFileOf(table, key);
    if (file?.kind === 'commit') versions.push({ version: file.version, timeMs: Date.parse(lastModified) });
  }
  return versions;
}

/**
 * Paths of all files that the versions live at `cutoffMs` or later refer to, and those of the `pinned` versions.
 * Failures: those of {@link readSnapshot}.
 */
export async function neededFiles(
  store: ObjectStore,
  table: DeltaTable,
  cutoffMs: number,
  pinned: readonly number[],
): Promise<ReadonlySet<string>> {
  const versions = await listVersionTimes(store, table);
  const oldest = oldestRetained(versions, cutoffMs);
  const later = versions.filter(({ version }) => version > oldest);
  const added = await mapConcurrent(later, READ_LANES, async ({ version }) =>
    (await readEntry(store, table, version)).actions.flatMap((action) =>
      'add' in action ? [action.add.path] : [],
    ),
  );
  const whole = [...new Set([oldest, ...pinned])].filter(
    (version) => version <= (versions.at(-1)?.version ?? -1),
  );
  const needed = new Set(added.flat());
  for (const version of whole) {
    const snapshot = await readSnapshot(store, table, version);
    for (const path of snapshot?.files.keys() ?? []) needed.add(path);
  }
  return needed;
}
