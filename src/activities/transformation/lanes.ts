import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { mapConcurrent } from '../../lake/map-concurrent';
import type { QuerySession } from '../../ports/query-engine';
import type { StageDependencies } from '../stage-dependencies';
import type { TransformContext } from './transform-context';

/** What one piece of work is done with. */
export interface Lane {
  readonly session: QuerySession;
  /** Scratch of this piece of work alone. */
  readonly directory: string;
}

/** How many pieces of work are done at a time. */
export function laneCount({ engineOptions }: Pick<StageDependencies, 'engineOptions'>): number {
  return engineOptions.threads;
}

/**
 * Does pieces of work side by side, each with an engine of its own: of one thread, so that equal rows give equal bytes
 * on any number of threads, and with its share of the memory.
 */
export function inLanes<T, R>(
  { deps, directory, engines }: TransformContext,
  items: readonly T[],
  work: (lane: Lane, item: T) => Promise<R>,
): Promise<readonly R[]> {
  const lanes = Math.max(1, Math.min(laneCount(deps), items.length));
  const memoryLimitMegabytes = Math.ceil(deps.engineOptions.memoryLimitMegabytes / lanes);
  return mapConcurrent(items, lanes, async (item) => {
    deps.signal().throwIfAborted();
    const own = await mkdtemp(join(directory, 'lane-'));
    return engines.use(memoryLimitMegabytes, (session) => work({ session, directory: own }, item));
  });
}

/** Runs statements in order, cancellable between and within them. */
export async function executeAll(
  { deps }: TransformContext,
  { session }: Lane,
  statements: readonly string[],
): Promise<void> {
  for (const statement of statements) await session.execute(statement, deps.signal());
}
