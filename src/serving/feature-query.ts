import type { ColumnPlan, PipelinePlan } from '../domain/plan';
import { featureValue } from '../sql/features';
import { parsedCell } from '../sql/parse-cell';
import { identifier, text } from '../sql/quote';

/** Texts of the plan's source columns, in the plan's order. */
export type SourceRow = readonly (string | null)[];

export interface FeatureQuery {
  /** SQL that computes all features of the rows; one result row per source row, in order. */
  readonly sql: (rows: readonly SourceRow[]) => string;
  /** Result column of a feature, by the feature's position in the plan. */
  readonly featureColumn: (position: number) => string;
  /** Result column with a source column's value as text, for the keys of windows. */
  readonly keyColumn: (source: string) => string;
  /** Result column with the name of the first used source column whose text does not fit; NULL when all do. */
  readonly badColumn: string;
}

const ROW = identifier('#row');
const BAD = '#bad';

/**
 * The plan's own feature expressions, the same text as in training, over rows given as text and read as files are.
 * Result columns begin with `#`, which no column of a plan can, so an expression never sees another one's result.
 */
export function buildFeatureQuery(plan: PipelinePlan): FeatureQuery {
  const used = usedColumns(plan);
  const keys = [...new Set(plan.windows.flatMap(({ over }) => over))];
  const featureColumn = (position: number): string => `#feature${position}`;
  const keyColumn = (source: string): string => `#key_${source}`;
  const results = [
    ...plan.features.map(
      (feature, position) => `${featureValue(feature)} AS ${identifier(featureColumn(position))}`,
    ),
    ...keys.map((name) => `CAST(${identifier(name)} AS VARCHAR) AS ${identifier(keyColumn(name))}`),
  ];
  const typed = used.map(({ column }) => `${typedCell(column)} AS ${identifier(column.name)}`);
  const names = used.map(({ column }) => givenColumn(column.name));
  const head = `WITH source AS (SELECT ${['*', ...typed].join(', ')} FROM (VALUES `;
  const tail =
    `) AS given (${[ROW, ...names].join(', ')})) ` +
    `SELECT ${[ROW, badSql(used), ...results].join(', ')} FROM source ORDER BY ${ROW}`;
  return {
    sql: (rows) => head + rows.map((row, position) => rowSql(position, row, used)).join(', ') + tail,
    featureColumn,
    keyColumn,
    badColumn: BAD,
  };
}

interface UsedColumn {
  readonly column: ColumnPlan;
  /** In the plan, and so in a source row. */
  readonly position: number;
}

/**
 * Columns whose name stands in an expression or a window's key, maybe some more: each one costs the engine time for
 * every request.
 */
function usedColumns({ columns, features, windows }: PipelinePlan): readonly UsedColumn[] {
  const uses = [...features.map(({ sql }) => sql), ...windows.flatMap(({ over }) => over)]
    .join(' ')
    .toLowerCase();
  const words = new Set(uses.match(/[a-z0-9_]+/g));
  return columns
    .map((column, position) => ({ column, position }))
    .filter(({ column }) => words.has(column.name.toLowerCase()));
}

function badSql(used: readonly UsedColumn[]): string {
  const cases = used.map(
    ({ column: { name } }) =>
      `WHEN ${givenColumn(name)} IS NOT NULL AND ${identifier(name)} IS NULL THEN ${text(name)}`,
  );
  return `${cases.length === 0 ? 'NULL' : `CASE ${cases.join(' ')} END`} AS ${identifier(BAD)}`;
}

/** As files are read; ISO 8601 is understood beside a declared format, since JSON is written by programs. */
function typedCell({ format, ...column }: ColumnPlan): string {
  // A column whose values are all NULL would be an INTEGER to the engine.
  const cell = `CAST(${givenColumn(column.name)} AS VARCHAR)`;
  const iso = parsedCell(column, cell);
  return format === undefined ? iso : `coalesce(${parsedCell({ ...column, format }, cell)}, ${iso})`;
}

function givenColumn(name: string): string {
  return identifier(`#given_${name}`);
}

function rowSql(position: number, row: SourceRow, used: readonly UsedColumn[]): string {
  const cells = used.map((column) => {
    const cell = row[column.position] ?? null;
    return cell === null ? 'NULL' : text(cell);
  });
  return `(${[String(position), ...cells].join(', ')})`;
}
