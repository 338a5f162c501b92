import type { PipelinePlan } from '../domain/plan';
import { columnDefinition } from './column-types';
import { featureValue, knownDay, labelValue, windowInput } from './features';
import { isQueryWindow } from './query-windows';
import { expression, indent } from './quote';
import { statementTreeSql } from './read-only-query';

/** An expression that a user wrote, where it stands, and what it is compiled to. */
export interface PlanExpression {
  /** Shown in messages: `feature weekday`. */
  readonly where: string;
  readonly sql: string;
  readonly compiled: string;
  /** Whether it has to be a number or a boolean. */
  readonly isNumeric: boolean;
  /** Whether it has to be a date or a timestamp. */
  readonly isTime?: true;
}

export function planExpressions(plan: PipelinePlan): readonly PlanExpression[] {
  return [
    {
      where: `label ${plan.label.name}`,
      sql: plan.label.sql,
      compiled: labelValue(plan.label),
      isNumeric: true,
    },
    ...plan.features.map((feature) => ({
      where: `feature ${feature.name}`,
      sql: feature.sql,
      compiled: featureValue(feature),
      isNumeric: feature.kind === 'numeric',
    })),
    ...knownAtExpression(plan),
    ...plan.windows.flatMap((window) =>
      isQueryWindow(window)
        ? []
        : {
            where: `window ${window.name}`,
            sql: window.sql,
            compiled: windowInput(window),
            isNumeric: window.aggregate !== 'count',
          },
    ),
  ];
}

function knownAtExpression({ knownAt }: PipelinePlan): readonly PlanExpression[] {
  if (knownAt === undefined) return [];
  return [{ where: 'knownAt', sql: knownAt, compiled: knownDay(knownAt), isNumeric: false, isTime: true }];
}

/** The syntax tree of `SELECT <expression>` as JSON text; the engine parses, nothing runs. */
export function syntaxTreeSql(sql: string): string {
  return statementTreeSql(`SELECT ${sql}`);
}

/** Functions that are neither plain nor repeatable: aggregates, table functions, random(), now() and the like. */
export const REFUSED_FUNCTIONS_SQL = `SELECT DISTINCT lower(function_name) AS name
FROM duckdb_functions()
WHERE function_type IN ('aggregate', 'table', 'table_macro', 'pragma')
   OR (function_type = 'scalar' AND stability <> 'CONSISTENT')
ORDER BY name`;

/** An empty table with the plan's columns: expressions are bound to it, so names and types are checked. */
export function emptyRowTableSql(plan: PipelinePlan): string {
  return `CREATE TABLE source_row (\n  ${indent(plan.columns.map(columnDefinition))}\n)`;
}

/** One row `{type}`; fails when the expression, or what it is compiled to, cannot be bound. */
export function bindSql({ compiled, sql }: PlanExpression): string {
  return `SELECT column_type AS type FROM (DESCRIBE SELECT ${expression(sql)}, ${compiled} FROM source_row) LIMIT 1`;
}

const NUMERIC_TYPE =
  /^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*|"NULL")$/;

/** Text is no number: a cast of it would fail at the first row that is none, in the middle of a run. */
export function typeProblem(
  { isNumeric, isTime }: Pick<PlanExpression, 'isNumeric' | 'isTime'>,
  type: string,
): string | undefined {
  if (isTime && !/^(DATE|TIMESTAMP)/.test(type)) return `it has type ${type}, expected a date or a timestamp`;
  if (!isNumeric || NUMERIC_TYPE.test(type)) return undefined;
  return `it has type ${type}, expected a number or a boolean; TRY_CAST(… AS DOUBLE) makes one`;
}
