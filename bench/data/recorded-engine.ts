import { existsSync } from 'node:fs';
import { link, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { QueryEngine, QueryOptions, QuerySession } from '../../src/ports/query-engine';

type Step =
  | { readonly kind: 'open'; readonly session: number; readonly options: QueryOptions }
  | { readonly kind: 'execute' | 'rows'; readonly session: number; readonly sql: string }
  | { readonly kind: 'clear' | 'close'; readonly session: number };

/** What an engine was asked for, and how many answers it had given by then. */
interface Recorded {
  readonly step: Step;
  readonly after: number;
}

export interface Recording {
  readonly engine: QueryEngine;
  /** Asks the same of another engine, in the same order and with the same concurrency, below a copy of `to`. */
  readonly replay: (engine: QueryEngine, below: string) => Promise<void>;
  readonly statements: () => number;
}

/**
 * Notes all SQL that runs through an engine, and keeps the files that it reads. Played back, what the SQL alone takes
 * is told apart from all that happens around it: downloads, hashes, scans, uploads and commits.
 *
 * @param from folder below which sessions work
 * @param to folder for the files that are read, on the same file system
 */
export function recordEngine(engine: QueryEngine, from: string, to: string): Recording {
  const recorded: Recorded[] = [];
  /** Numbers of steps, in the order in which they ended. */
  const answered: number[] = [];
  const written = new Set<string>();
  let sessions = 0;
  const ask = async <T>(step: Step, answer: () => Promise<T>): Promise<T> => {
    const number = recorded.push({ step, after: answered.length }) - 1;
    const result = await answer();
    answered.push(number);
    return result;
  };

  const open = async (options: QueryOptions): Promise<QuerySession> => {
    const session = (sessions += 1);
    const opened = await ask({ kind: 'open', session, options }, () => engine.open(options));
    return {
      ...opened,
      execute: async (sql, signal) => {
        await keepInputs(sql, from, to, written);
        return ask({ kind: 'execute', session, sql }, () => opened.execute(sql, signal));
      },
      rows: async (sql) => {
        await keepInputs(sql, from, to, written);
        return ask({ kind: 'rows', session, sql }, () => opened.rows(sql));
      },
      clear: () => ask({ kind: 'clear', session }, opened.clear),
      close: () => ask({ kind: 'close', session }, opened.close),
    };
  };

  return {
    engine: { version: engine.version, open },
    statements: () => recorded.filter(({ step }) => step.kind === 'execute' || step.kind === 'rows').length,
    replay: (other, below) => replay(recorded, answered, other, (text) => text.replaceAll(from, below)),
  };
}

/** Hard links, so that removing the originals does no harm; what the SQL itself wrote it will write again. */
async function keepInputs(sql: string, from: string, to: string, written: Set<string>): Promise<void> {
  const files = [...sql.matchAll(/'((?:[^']|'')*)'/g)].map(([, file]) => file ?? '');
  for (const file of files.filter((name) => name.startsWith(from))) {
    if (!existsSync(file)) {
      written.add(file);
      await mkdir(path.dirname(file.replace(from, to)), { recursive: true });
    } else if (!written.has(file)) await keep(file, file.replace(from, to));
  }
}

async function keep(file: string, target: string): Promise<void> {
  if (existsSync(target)) return;
  await mkdir(path.dirname(target), { recursive: true });
  await link(file, target);
}

async function replay(
  recorded: readonly Recorded[],
  answered: readonly number[],
  engine: QueryEngine,
  moved: (text: string) => string,
): Promise<void> {
  const sessions = new Map<number, QuerySession>();
  const session = (number: number): QuerySession => {
    const found = sessions.get(number);
    if (!found) throw new Error(`Session ${number} was never opened`);
    return found;
  };
  const done: Promise<void>[] = [];
  let [barrier, behind] = [Promise.resolve(), 0];
  for (const { step, after } of recorded) {
    for (; behind < after; behind += 1)
      barrier = Promise.all([barrier, done[answered[behind] ?? 0]]).then(() => undefined);
    done.push(barrier.then(() => play(step)));
  }
  await Promise.all(done);

  async function play(step: Step): Promise<void> {
    switch (step.kind) {
      case 'open': {
        const { directory, ...rest } = step.options;
        sessions.set(step.session, await engine.open({ ...rest, directory: moved(directory) }));
        return;
      }
      case 'execute':
        return session(step.session).execute(moved(step.sql));
      case 'rows':
        await session(step.session).rows(moved(step.sql));
        return;
      case 'clear':
        return session(step.session).clear();
      case 'close':
        return session(step.session).close();
    }
  }
}
