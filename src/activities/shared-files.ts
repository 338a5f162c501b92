import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

export interface LentFile {
  readonly path: string;
  /** Call it once, when nothing reads the file any more. */
  readonly release: () => void;
}

/** Local copies that several activities of this process read. */
export interface SharedFiles {
  /**
   * Lends the copy of some content, fetched by whoever comes first.
   *
   * @param content its hash
   * @param fetch makes the file, checked against the hash; called again for the next one when it fails
   */
  readonly lend: (content: string, fetch: (path: string) => Promise<unknown>) => Promise<LentFile>;
}

interface Shared {
  readonly ready: Promise<string>;
  users: number;
  removal?: NodeJS.Timeout;
}

/** Long enough for the next activity of the same batch to come. */
const IDLE_MS = 30_000;

/**
 * @param root scratch of this process; a copy that was not asked for in a while is removed, and what a killed process
 *   leaves is swept like all scratch
 */
export function createSharedFiles(root: string, idleMs = IDLE_MS): SharedFiles {
  const files = new Map<string, Shared>();
  const drop = (content: string, file: Shared): void => {
    if (files.get(content) === file) files.delete(content);
    void file.ready
      .then((path) => rm(resolve(path, '..'), { recursive: true, force: true }))
      .catch(() => undefined);
  };
  const release = (content: string, file: Shared): void => {
    file.users -= 1;
    if (file.users > 0) return;
    file.removal = setTimeout(() => {
      drop(content, file);
    }, idleMs).unref();
  };
  return {
    lend: async (content, fetch) => {
      for (;;) {
        const standing = files.get(content);
        const file = standing ?? { ready: make(root, fetch), users: 0 };
        if (!standing) files.set(content, file);
        clearTimeout(file.removal);
        file.users += 1;
        try {
          const path = await file.ready;
          return {
            path,
            release: () => {
              release(content, file);
            },
          };
        } catch (error) {
          if (files.get(content) === file) files.delete(content);
          // Somebody else's attempt at it may have been cancelled.
          if (!standing) throw error;
        }
      }
    },
  };
}

async function make(root: string, fetch: (path: string) => Promise<unknown>): Promise<string> {
  const base = resolve(root);
  await mkdir(base, { recursive: true });
  const directory = await mkdtemp(join(base, `shared-${process.pid}-`));
  try {
    await fetch(join(directory, 'content'));
    return join(directory, 'content');
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}
