import type { QuerySession } from '../ports/query-engine';
import type { StageDependencies } from './stage-dependencies';

/** Engines of one thread each, for one piece of work after the other. */
export interface EnginePool {
  /** Lends an engine without any table; a failure of the work ends the engine as well. */
  readonly use: <T>(memoryLimitMegabytes: number, work: (session: QuerySession) => Promise<T>) => Promise<T>;
  /** To be called when no work is left. */
  readonly close: () => Promise<void>;
}

/**
 * Opens engines as they are needed and keeps them: when one is closed, DuckDB gives all free memory of the whole process
 * back to the system, and those still at work have to ask for theirs again.
 *
 * @param directory the only one that their SQL may read and write
 */
export function createEnginePool(
  { engine, engineOptions }: Pick<StageDependencies, 'engine' | 'engineOptions'>,
  directory: string,
): EnginePool {
  const idle = new Map<number, QuerySession[]>();
  return {
    use: async (memoryLimitMegabytes, work) => {
      const options = { ...engineOptions, directory, threads: 1, memoryLimitMegabytes };
      const session = idle.get(memoryLimitMegabytes)?.pop() ?? (await engine.open(options));
      let isClear = false;
      try {
        const result = await work(session);
        isClear = await session.clear().then(
          () => true,
          () => false,
        );
        return result;
      } finally {
        if (isClear) idle.set(memoryLimitMegabytes, [...(idle.get(memoryLimitMegabytes) ?? []), session]);
        else await session.close();
      }
    },
    close: async () => {
      const sessions = [...idle.values()].flat();
      idle.clear();
      for (const session of sessions) await session.close();
    },
  };
}
