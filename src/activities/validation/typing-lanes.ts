import { mkdir } from 'node:fs/promises';
import type { PipelinePlan } from '../../domain/plan';
import type { QuerySession } from '../../ports/query-engine';
import { copyPlainSql, countTypedSql } from '../../sql/plain-rows';
import type { RuleSet } from '../../sql/rule-types';
import { sourcesTableSql, type SourceFile } from '../../sql/sources';
import type { PlainRecords, StagedObject, TypedRecords } from '../../sql/staged-object';
import type { StageDependencies } from '../stage-dependencies';
import { setApart } from './set-apart';

/** Types plain records while more of them are scanned. */
export interface TypingLanes {
  /**
   * Resolves when a lane has begun with the records, which are `records` many: so nothing piles up. Throws when earlier
   * ones could not be typed.
   */
  readonly add: (plain: PlainRecords, records: number) => Promise<void>;
  /** Resolves when all is typed: the objects, each with its typed records in the order in which they were added. */
  readonly finish: (staged: readonly StagedObject[]) => Promise<readonly StagedObject[]>;
  readonly close: () => Promise<void>;
}

export interface TypingInput {
  readonly deps: Pick<StageDependencies, 'engine' | 'engineOptions' | 'signal'>;
  readonly plan: PipelinePlan;
  readonly rules: RuleSet;
  readonly files: readonly SourceFile[];
  readonly directory: string;
}

/** As many lanes as there are threads, each with an engine of one thread: so threads do not show in any byte. */
export function createTypingLanes(input: TypingInput): TypingLanes {
  const sessions: Promise<QuerySession>[] = [];
  const idle: QuerySession[] = [];
  const waiting: ((session: QuerySession) => void)[] = [];
  const typed = new Map<number, Promise<TypedRecords>[]>();
  const failures: unknown[] = [];
  const acquire = async (): Promise<QuerySession> => {
    const free = idle.pop();
    if (free) return free;
    if (sessions.length < input.deps.engineOptions.threads) {
      const opened = openLane(input);
      sessions.push(opened);
      return opened;
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const release = (session: QuerySession): void => {
    const next = waiting.shift();
    if (next) next(session);
    else idle.push(session);
  };

  return {
    add: async (plain, records) => {
      if (failures.length > 0) throw failures[0];
      const session = await acquire();
      const work = typeRecords(input, session, plain, records).finally(() => {
        release(session);
      });
      // Whoever adds more or finishes will see it.
      work.catch((error: unknown) => failures.push(error));
      typed.set(plain.object, [...(typed.get(plain.object) ?? []), work]);
    },
    finish: (staged) =>
      Promise.all(
        staged.map(async (item) => ({ ...item, plain: await Promise.all(typed.get(item.object) ?? []) })),
      ),
    close: async () => {
      await Promise.allSettled([...typed.values()].flat());
      for (const session of await Promise.allSettled(sessions))
        if (session.status === 'fulfilled') await session.value.close();
    },
  };
}

async function openLane({ deps, files, directory }: TypingInput): Promise<QuerySession> {
  const { memoryLimitMegabytes, threads } = deps.engineOptions;
  await mkdir(directory, { recursive: true });
  const session = await deps.engine.open({
    ...deps.engineOptions,
    directory,
    threads: 1,
    memoryLimitMegabytes: Math.ceil(memoryLimitMegabytes / threads),
  });
  await session.execute(sourcesTableSql(files));
  return session;
}

async function typeRecords(
  { deps, plan, rules }: TypingInput,
  session: QuerySession,
  plain: PlainRecords,
  records: number,
): Promise<TypedRecords> {
  const typedPath = `${plain.path}.parquet`;
  await session.execute(copyPlainSql(plan, rules, plain, typedPath), deps.signal());
  const [counted] = await session.rows(countTypedSql(typedPath));
  const typedRows = counted?.['rows'] as number;
  const typed = { ...plain, typedPath, typedRows };
  if (typedRows === records) return typed;
  const apartPath = `${plain.path}.apart`;
  await setApart(session, plan, typed, apartPath);
  return { ...typed, apartPath };
}
