import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPlanExpressions } from '../activities/check-plan-expressions';
import { checkQuery } from '../activities/validation/run-sql-rules';
import { createDuckDbEngine } from '../adapters/query-engine/duckdb';
import type { Settings } from '../config/settings';
import type { PipelinePlan } from '../domain/plan';
import { PermanentFailure } from '../ports/failures';
import type { QuerySession } from '../ports/query-engine';
import { sqlType } from '../sql/column-types';
import { emptyBatchSql } from '../sql/sql-rules';

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
    for (const check of [
      ...expressionChecks(session, plan),
      ...textChecks(session, plan),
      ...queryChecks(session, plan),
      ...valueChecks(session, plan),
    ]) {
      const message = await messageOfFailure(check.run);
      if (message !== undefined)
        problems.push({ path: check.path, message, got: check.got.replace(/\s+/g, ' ') });
    }
    return problems;
  } finally {
    await session.close();
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

/** Queries of the contract, read and bound over an empty batch. */
function queryChecks(session: QuerySession, plan: PipelinePlan): readonly Check[] {
  return plan.expectations.flatMap((rule, index) =>
    rule.kind === 'sql'
      ? {
          path: ['expectations', index, 'sql'],
          got: rule.query,
          run: async () => {
            await session.execute(`DROP TABLE IF EXISTS batch; ${emptyBatchSql(plan)}`);
            await checkQuery(session, rule);
          },
        }
      : [],
  );
}

/** Values of a set are compared in the column's own type: `yes` is no integer. */
function valueChecks(session: QuerySession, plan: PipelinePlan): readonly Check[] {
  return plan.expectations.flatMap((rule, index) => {
    if (rule.kind !== 'in_set') return [];
    const type = plan.columns.find(({ name }) => name === rule.column)?.type;
    if (type === undefined || type === 'string') return [];
    return rule.values.map((value, place) => ({
      path: ['expectations', index, 'in_set', 'values', place],
      got: value,
      run: () => session.rows(`SELECT CAST(${quote(value)} AS ${sqlType({ type })})`),
    }));
  });
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
  const framed = ['expression', 'query', 'rule'].map(
    (what) => `SQL ${what} cannot be used [${shown.join(', ')}]: `,
  );
  const frame = framed.find((candidate) => message.startsWith(candidate)) ?? '';
  const reason = message.slice(frame.length);
  const [line = ''] = reason.replace(/^SQL failed: /, '').split('\n');
  // There are no rows here that could have been left out.
  return line.replace(/ ?\(row values are left out\)$/, '').trim();
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
