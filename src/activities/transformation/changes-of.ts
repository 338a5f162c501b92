import type { FileChanges } from '../../lake/delta/plan-commit';
import type { Snapshot } from '../../lake/delta/snapshot';

/** undefined = the table holds exactly this already. */
export function changesOf(
  snapshot: Snapshot | undefined,
  add: FileChanges['add'],
  replaced: readonly string[],
): FileChanges | undefined {
  const { remove } = replaceFiles(add, replaced);
  const isNothingNew = snapshot && remove.length === 0 && add.every(({ path }) => snapshot.files.has(path));
  return isNothingNew ? undefined : { add, remove };
}

/** A commit even when no file changes. */
export function replaceFiles(add: FileChanges['add'], replaced: readonly string[]): FileChanges {
  const added = new Set(add.map(({ path }) => path));
  return { add, remove: replaced.filter((path) => !added.has(path)) };
}
