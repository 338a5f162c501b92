/** A data file as the store lists it. */
export interface ListedFile {
  /** Relative to the table's root. */
  readonly path: string;
  readonly bytes: number;
  /** ISO 8601, the store's clock. */
  readonly lastModified: string;
}

/** When a table version became visible, by the store's clock. */
export interface VersionTime {
  readonly version: number;
  readonly timeMs: number;
}

/**
 * The oldest version that was live at `cutoffMs` or later: the one that stood then, and all after it. Pure.
 *
 * @param versions in order; clocks may run backwards between writers, and a version is never younger than a later one
 */
export function oldestRetained(versions: readonly VersionTime[], cutoffMs: number): number {
  const firstYoung = versions.findIndex(({ timeMs }) => timeMs > cutoffMs);
  const standing = firstYoung < 0 ? versions.at(-1) : versions[Math.max(0, firstYoung - 1)];
  return standing?.version ?? 0;
}

/** Files that no kept version needs. Young ones may belong to a commit that is still to come. */
export function unneededFiles(
  listed: readonly ListedFile[],
  needed: ReadonlySet<string>,
  cutoffMs: number,
): readonly ListedFile[] {
  return listed.filter(({ path, lastModified }) => !needed.has(path) && Date.parse(lastModified) <= cutoffMs);
}
