import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPlanExpressions } from '../activities/check-plan-expressions';
import { createDuckDbEngine } from '../adapters/query-engine/duckdb';
import type { Settings } from '../config/settings';
import type { PipelinePlan } from '../domain/plan';
import { PermanentFailure } from '../ports/failures';
import type { QuerySession } from '../ports/query-engine';

/** One text of a plan that the engine refuses. */
export interface PlanProblem {
  /** Inside the plan: `['features', 3, 'sql']`. */
  readonly path: readonly (string | number)[];
  /** One line. */
  readonly message: string;
  /** The text itself. */
  readonly got: string;
}

/** Everything that only the engine can judge: SQL expressions, regular expressions, formats of dates. */
export async function findPlanProblems(
  engine: Settings['engine'],
  plan: PipelinePlan,
): Promise<readonly PlanProblem[]> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-check-'));
  const session = await createDuckDbEngine().open({ ...engine, directory });
  try {
    const problems: PlanProblem[] = [];
    for (const check of [...expressionChecks(session, plan), ...textChecks(session, plan)]) {
      const message = await messageOfFailure(check.run);
      if (message !== undefined)
        problems.push({ path: check.path, message, got: check.got.replace(/\s+/g, ' ') });
    }
    return problems;
  } finally {
    session.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Check extends Omit<PlanProblem, 'message'> {
  /** Fails with PermanentFailure when the text cannot be used. */
  readonly run: () => Promise<unknown>;
}

/** A label that is always fine, in the place of one that is checked by itself. */
const HARMLESS_LABEL = '1';

/** Each expression in a plan of its own, so that one problem does not hide the others. */
function expressionChecks(session: QuerySession, plan: PipelinePlan): readonly Check[] {
  const label = { ...plan.label, sql: HARMLESS_LABEL };
  const check = (path: Check['path'], got: string, part: Partial<PipelinePlan>): Check => ({
    path,
    got,
    run: async () => {
      await session.execute('DROP TABLE IF EXISTS source_row');
      await checkPlanExpressions(session, { ...plan, label, features: [], windows: [], ...part });
    },
  });
  return [
    check(['label', 'sql'], plan.label.sql, { label: plan.label }),
    ...plan.features.map((feature, index) =>
      check(['features', index, 'sql'], feature.sql, { features: [feature] }),
    ),
    ...plan.windows.map((window, index) =>
      check(['windows', index, window.aggregate], window.sql, { windows: [window] }),
    ),
  ];
}

/** On an empty text, a good pattern or format does nothing; a bad one fails at once, and not in the middle of a run. */
function textChecks(session: QuerySession, plan: PipelinePlan): readonly Check[] {
  const patterns = plan.expectations.flatMap((expectation, index) =>
    expectation.kind === 'matches'
      ? {
          path: ['expectations', index, 'matches', 'pattern'],
          got: expectation.pattern,
          run: () => session.rows(`SELECT regexp_matches('', ${quote(expectation.pattern)})`),
        }
      : [],
  );
  const formats = plan.columns.flatMap(({ name, format }) =>
    format === undefined
      ? []
      : {
          path: ['columns', name, 'format'],
          got: format,
          run: () => session.rows(`SELECT try_strptime('', ${quote(format)})`),
        },
  );
  return [...patterns, ...formats];
}

async function messageOfFailure(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof PermanentFailure) return reasonOf(error);
    throw error;
  }
}

/** The first line, without the frame around it: the place in the file says what the frame does. */
function reasonOf({ message, fields }: PermanentFailure): string {
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
  const framed = `SQL expression cannot be used [${shown.join(', ')}]: `;
  const reason = message.startsWith(framed) ? message.slice(framed.length) : message;
  const [line = ''] = reason.replace(/^SQL failed: /, '').split('\n');
  // There are no rows here that could have been left out.
  return line.replace(/ ?\(row values are left out\)$/, '').trim();
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
