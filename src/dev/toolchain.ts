import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { compareVersions, findVersion } from './compare-versions';
import { StackFailure } from './stack-failure';
import { VERSIONS } from './versions';

const run = promisify(execFile);

/** The servers of the local stack. */
export type ServerTool = 'temporal' | 'versitygw';

export interface FoundTool {
  readonly file: string;
  /** What `--version` says, or the pinned version for a cached build. */
  readonly version: string;
  readonly source: 'path' | 'cache';
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The one folder outside the checkout that setup writes to; `MILLRACE_CACHE` moves it. */
export function cacheDirectory(variables: Variables): string {
  const base = variables['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
  return variables['MILLRACE_CACHE'] ?? path.join(base, 'millrace');
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The file that a shell would run for `name`, if any. */
export async function findOnPath(name: string, variables: Variables): Promise<string | undefined> {
  for (const directory of (variables['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(directory, name);
    if (directory !== '' && (await isExecutable(file))) return file;
  }
  return undefined;
}

async function versionOf(file: string): Promise<string | undefined> {
  const output = await run(file, ['--version'], { timeout: 10_000 }).catch(() => undefined);
  return output && findVersion(output.stdout + output.stderr);
}

/**
 * Finds a server: one on PATH that is at least as new as the pinned version, else the build in the cache folder.
 * A build from source names no version (`0.0.0-DEV`), so on PATH it is passed over; in the cache its name is its version.
 */
export async function findTool(name: ServerTool, variables: Variables): Promise<FoundTool | undefined> {
  const pinned = VERSIONS[name];
  const onPath = await findOnPath(name, variables);
  const version = onPath && (await versionOf(onPath));
  if (onPath && version && compareVersions(version, pinned) >= 0)
    return { file: onPath, version, source: 'path' };
  const cached = path.join(cacheDirectory(variables), 'bin', `${name}-${pinned}`);
  return (await isExecutable(cached)) ? { file: cached, version: pinned, source: 'cache' } : undefined;
}

/** Like {@link findTool}. @throws StackFailure `missing-tool` that says how to get it. */
export async function requireTool(name: ServerTool, variables: Variables): Promise<FoundTool> {
  const found = await findTool(name, variables);
  if (found) return found;
  throw new StackFailure(
    'missing-tool',
    `${name} was not found [wanted=${VERSIONS[name]} or newer, cache=${cacheDirectory(variables)}]: ` +
      'run `make setup`, which builds it, or put it on PATH',
  );
}
