import type { ColumnPlan, PipelinePlan } from '../domain/plan';
import { acceptedValue } from './column-types';
import { dialectOptions, lineNumber, MAX_LINE_BYTES, NEVER_NULL } from './load-csv';
import { PARQUET_OPTIONS } from './parquet';
import { parsedColumn } from './parsed-rows';
import { columnIndex, columnOf } from './plan-columns';
import { quickForm, quickValue } from './quick-cells';
import { identifier, identifiers, indent, text } from './quote';
import type { RowRule, RuleSet } from './rule-types';
import { cellKind } from './source-cells';
import type { PlainRecords } from './staged-object';
import { BROKEN, cellName, CELLS, LINE, OBJECT } from './staging-names';

/** Kinds of rules that look at the text of a cell only to see whether it means "no value". */
const TEXTLESS_KINDS: ReadonlySet<string> = new Set(['type', 'required', 'not_null']);
const ANY_CELL = /"\$\d+"/;

/**
 * Whether the scanner can tell plain records apart: those whose numbers the engine's own CSV reader reads as the strict
 * patterns would. It makes one empty text of all null values, so no rule may care which of them a cell holds.
 */
export function canReadPlainly(plan: PipelinePlan, { rowRules }: RuleSet): boolean {
  const { nullValues, delimiter, escape, quote } = plan.source.csv;
  if (cellKind(plan.source) !== 'text' || (escape !== undefined && escape !== quote)) return false;
  if (nullValues.length > 0 && !nullValues.includes('')) return false;
  if (nullValues.some((value) => [delimiter, quote, '\n', '\r'].some((special) => value.includes(special))))
    return false;
  if (rowRules.some(({ kind, violated }) => !TEXTLESS_KINDS.has(kind) && ANY_CELL.test(violated)))
    return false;
  return plan.columns.some((column) => isReadTyped(plan, column));
}

function isReadTyped(plan: PipelinePlan, column: ColumnPlan): boolean {
  return quickForm(plan, column) === 'integer';
}

/**
 * The plain records of a file that break no rule, typed, as accepted rows hold them. By an engine of one thread: equal
 * records give equal bytes. `sources` must be there.
 */
export function copyPlainSql(
  plan: PipelinePlan,
  { rowRules }: RuleSet,
  records: PlainRecords,
  path: string,
): string {
  const values = plan.columns.filter((column) => !isReadTyped(plan, column));
  const typed = values.map((column) => plainColumn(plan, column));
  const broken = rowRules
    .filter((rule) => !isAlwaysKept(plan, rule))
    .map(({ violated }) => `(${violated})`)
    .join('\n    OR ');
  return `COPY (
  SELECT ${indent([...plan.columns.map(acceptedValue), OBJECT, LINE], 4)}
  FROM (
    SELECT *${typed.map((value) => `,\n      ${value}`).join('')}
    FROM (
${plainRecords(plan, records)}
    )
  )
  WHERE (${broken || 'false'}) IS NOT TRUE
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}

/** Columns that the reader types have no value that is not of their type. */
function isAlwaysKept(plan: PipelinePlan, { kind, columns: [name = ''] }: RowRule): boolean {
  return kind === 'type' && isReadTyped(plan, columnOf(plan, name));
}

function plainColumn(plan: PipelinePlan, column: ColumnPlan): string {
  const form = quickForm(plan, column);
  if (form === undefined) return parsedColumn(plan, column);
  return `${quickValue(column, form, cellName(columnIndex(plan, column.name)))} AS ${identifier(column.name)}`;
}

function plainRecords(plan: PipelinePlan, { object, path, header }: PlainRecords): string {
  const { csv } = plan.source;
  const cells = plan.columns.map((column, index) => {
    const name = identifier(column.name);
    // What of its text matters: whether it means "no value".
    if (isReadTyped(plan, column))
      return `${name}, CASE WHEN ${name} IS NULL THEN '' END AS ${cellName(index)}`;
    return `${name} AS ${cellName(index)}`;
  });
  const types = header.map((name) => {
    const type = isReadTyped(plan, columnOf(plan, name)) ? 'BIGINT' : 'VARCHAR';
    return `${text(name)}: '${type}'`;
  });
  const texts = plan.columns.filter((column) => !isReadTyped(plan, column)).map(({ name }) => text(name));
  const nulls = csv.nullValues.length === 0 ? NEVER_NULL : `[${csv.nullValues.map(text).join(', ')}]`;
  return `SELECT ${object} AS ${OBJECT}, ${lineNumber(plan, `abs(${LINE})`)} AS ${LINE},
  ${indent(cells)}
FROM read_csv(${text(path)},
  auto_detect = false, header = false, strict_mode = true, max_line_size = ${MAX_LINE_BYTES},
  ${dialectOptions(csv)}, new_line = '\\n', nullstr = ${nulls}, force_not_null = [${texts.join(', ')}],
  columns = {${[`${text('$line')}: 'BIGINT'`, ...types].join(', ')}})`;
}

/** One row `{rows}`: how many rows a file of typed rows has. */
export function countTypedSql(path: string): string {
  return `SELECT count(*) AS rows FROM read_parquet(${text(path)})`;
}

/**
 * Rows `{before, line}`, in order: two lines that were typed (0 = none) and between which none was. A scan keeps the order of its
 * file (`preserve_insertion_order`), so no sort is needed.
 */
export function typingGapsSql(path: string): string {
  return `SELECT before, line
FROM (SELECT ${LINE} AS line, lag(${LINE}, 1, 0) OVER () AS before FROM read_parquet(${text(path)}))
WHERE line > before + 1`;
}

/** `parsed` out of typed rows and of `parsed_apart`, the rows that were looked at closely. */
export function parsedViewSql(plan: PipelinePlan, typedPaths: readonly string[]): string {
  const names = identifiers(plan.columns.map(({ name }) => name));
  return `CREATE VIEW parsed AS
SELECT ${OBJECT}, ${LINE}, ${names}, ${BROKEN}, ${CELLS} FROM parsed_apart
UNION ALL
SELECT ${OBJECT}, ${LINE}, ${names}, CAST(NULL AS INTEGER[]), CAST(NULL AS VARCHAR[])
FROM read_parquet([${typedPaths.map(text).join(', ')}])`;
}

/** One row `{isAsTyped}`: whether the accepted rows are just the typed ones. */
export const IS_AS_TYPED_SQL = `SELECT
  (SELECT count(*) FROM rejected) = (SELECT count(*) FROM parsed_apart)
  AND (SELECT count(*) FROM parsed_apart ANTI JOIN rejected USING (${OBJECT}, ${LINE})) = 0 AS "isAsTyped"`;
