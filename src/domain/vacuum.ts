/** A file as the store lists it. */
export interface ListedFile {
  /** Relative to the folder that was listed. */
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
  return listed.filter((file) => !needed.has(file.path) && isOld(file, cutoffMs));
}

/**
 * Documents of work that nobody has added to since `cutoffMs`, as nobody has to any work that goes on from it: one young
 * document keeps its whole folder, and the folders before it.
 *
 * @param before by folder: the one that its work goes on from
 */
export function unneededWork(
  listed: readonly ListedFile[],
  before: ReadonlyMap<string, string>,
  cutoffMs: number,
): readonly ListedFile[] {
  const needed = new Set(listed.filter((file) => !isOld(file, cutoffMs)).map(({ path }) => folderOf(path)));
  // What is added to a set is still come to.
  for (const folder of needed) {
    const from = before.get(folder);
    if (from !== undefined) needed.add(from);
  }
  return listed.filter(({ path }) => !needed.has(folderOf(path)));
}

/** The first name of a path. */
export function folderOf(path: string): string {
  return path.slice(0, path.indexOf('/'));
}

function isOld({ lastModified }: ListedFile, cutoffMs: number): boolean {
  return Date.parse(lastModified) <= cutoffMs;
}
