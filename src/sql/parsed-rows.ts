import type { ColumnPlan, PipelinePlan } from '../domain/plan';
import { columnDefinition } from './column-types';
import { comment } from './load-csv';
import { columnIndex } from './plan-columns';
import { quickForm, quickValue } from './quick-cells';
import { identifier, identifiers, indent } from './quote';
import type { RuleSet } from './rule-types';
import { cellKind, cellValue } from './source-cells';
import { BROKEN, cellName, CELLS, LINE, OBJECT, QUICK } from './staging-names';

/** Where rows go that are looked at closely: all of them, or what is left when the plain ones are typed elsewhere. */
export type ParsedTable = 'parsed' | 'parsed_apart';

/** An empty table for the typed values of rows, and for the raw texts of those that break a rule. */
export function createParsedSql({ columns }: PipelinePlan, table: ParsedTable = 'parsed'): string {
  const own = [`${OBJECT} INTEGER`, `${LINE} BIGINT`];
  const judged = [`${BROKEN} INTEGER[]`, `${CELLS} VARCHAR[]`];
  return `CREATE TABLE ${table} (\n  ${indent([...own, ...columns.map(columnDefinition), ...judged])}\n)`;
}

/**
 * Reads, types and judges rows in one pass, and appends them to `table`. `sources` and the tables of references must
 * be there.
 *
 * @param rows a query for rows as they came, see load-source.ts
 */
export function parseRowsSql(
  plan: PipelinePlan,
  { rowRules }: RuleSet,
  rows: string,
  table: ParsedTable = 'parsed',
): string {
  const names = identifiers(plan.columns.map(({ name }) => name));
  const typed = plan.columns.map((column) => scannedColumn(plan, column));
  const isAnyBroken = rowRules.map(({ violated }) => `(${violated})`).join('\n      OR ');
  const numbers = rowRules.map(
    ({ name, violated }, index) => `CASE WHEN ${violated} THEN ${index} END /* ${comment(name)} */`,
  );
  return `INSERT INTO ${table}
SELECT ${OBJECT}, ${LINE}, ${names}, ${BROKEN}, ${keptCells(plan)}
FROM (
  SELECT *, CASE WHEN ${isAnyBroken}
    THEN list_filter([
      ${indent(numbers, 6)}
    ], lambda number: number IS NOT NULL) END AS ${BROKEN}
  FROM (
    SELECT *,
      ${indent(typed, 6)}
    FROM (
${rows}
    )
  )
)`;
}

/** The typed value of a column, over rows as they came. */
export function parsedColumn(plan: PipelinePlan, column: ColumnPlan): string {
  return `${cellValue(plan, columnIndex(plan, column.name))} AS ${identifier(column.name)}`;
}

/** As {@link parsedColumn}, and quicker where the scanner saw that no cell of the row needs a closer look. */
function scannedColumn(plan: PipelinePlan, column: ColumnPlan): string {
  const index = columnIndex(plan, column.name);
  const form = cellKind(plan.source) === 'text' ? quickForm(plan, column) : undefined;
  if (form === undefined) return parsedColumn(plan, column);
  const quick = quickValue(column, form, cellName(index));
  return `CASE WHEN ${QUICK} THEN ${quick} ELSE ${cellValue(plan, index)} END AS ${identifier(column.name)}`;
}

/** Of Parquet files `raw` holds all rows anyway. */
function keptCells({ source, columns }: PipelinePlan): string {
  if (cellKind(source) === 'typed') return 'NULL';
  return `CASE WHEN ${BROKEN} IS NOT NULL THEN [${columns.map((_column, index) => cellName(index)).join(', ')}] END`;
}

/** `raw`: the rows that break a rule about single rows as they came. Of Parquet files it is there already. */
export function rawTableSql({ source, columns }: PipelinePlan): readonly string[] {
  if (cellKind(source) === 'typed') return [];
  const cells = columns.map(
    ({ name }, index) => `${CELLS}[${index + 1}] AS ${cellName(index)} /* ${comment(name)} */`,
  );
  return [
    `CREATE TABLE raw AS
SELECT ${OBJECT}, ${LINE},
  ${indent(cells)}
FROM parsed WHERE ${BROKEN} IS NOT NULL`,
  ];
}

/** `unkept`: the rows that break only rules that compare rows, of which nothing is in `raw` so far. */
export const UNKEPT_SQL = `CREATE TABLE unkept AS
SELECT DISTINCT ${OBJECT}, ${LINE} FROM violations ANTI JOIN raw USING (${OBJECT}, ${LINE})`;

/** One row `{rows}`. */
export const COUNT_UNKEPT_SQL = 'SELECT count(*) AS rows FROM unkept';

/** Reads the files once more for the `unkept` rows. */
export function keepRawSql({ columns }: PipelinePlan, rows: string): string {
  const cells = columns.map((_column, index) => cellName(index)).join(', ');
  return `INSERT INTO raw
SELECT ${OBJECT}, ${LINE}, ${cells}
FROM (\n${rows}\n) SEMI JOIN unkept USING (${OBJECT}, ${LINE})`;
}
