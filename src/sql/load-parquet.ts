import type { ColumnPlan, ColumnType, PipelinePlan } from '../domain/plan';
import { comment } from './load-csv';
import { identifier, indent, text } from './quote';
import type { StagedObject } from './staged-object';
import { cellName, LINE, OBJECT } from './staging-names';

/** Rows `{name, repetition, children}`: a Parquet file's columns as a tree, parents before children. */
export function parquetTreeSql(path: string): string {
  return `SELECT name, repetition_type AS repetition, CAST(coalesce(num_children, 0) AS INTEGER) AS children
FROM parquet_schema(${text(path)})`;
}

/** Rows `{type}`: the engine's type of each of the plan's columns in a file that has them. */
export function parquetTypesSql(plan: PipelinePlan, path: string): string {
  const values = plan.columns.map((column, index) => `${fieldAt(column)} AS ${cellName(index)}`);
  return `SELECT column_type AS type FROM (DESCRIBE SELECT ${values.join(', ')} FROM ${readFile(path)})`;
}

/** An empty `raw` whose cells have types that take the values of all files. */
export function createTypedRawSql(plan: PipelinePlan, staged: readonly StagedObject[]): string {
  return `CREATE TABLE raw AS
SELECT * FROM (
  ${staged.map((item) => rowsOf(plan, item)).join('\n  UNION ALL\n  ')}
) LIMIT 0`;
}

/** Appends the rows of one file to `raw`, numbered from 1. */
export function loadParquetSql(plan: PipelinePlan, staged: StagedObject): string {
  return `INSERT INTO raw\n${rowsOf(plan, staged)}`;
}

/**
 * Why a column's values cannot be read without guessing, to be read after the column's name; undefined = they can.
 *
 * @param found the engine's name for the type of the file's column
 */
export function typeProblem(column: ColumnPlan, found: string): string | undefined {
  if (column.type === 'decimal')
    return fitsDecimal(column, found) ? undefined : `is ${found}, ${wanted(column)}`;
  if (column.timezone !== undefined && found === 'TIMESTAMP WITH TIME ZONE') {
    return 'holds moments, not local times: remove timezone from the column';
  }
  return FITTING[column.type].test(found) ? undefined : `is ${found}, ${wanted(column)}`;
}

const FITTING: Readonly<Record<Exclude<ColumnType, 'decimal'>, RegExp>> = {
  string: /^(VARCHAR|JSON|UUID|ENUM\(.*)$/,
  integer: /^U?(TINYINT|SMALLINT|INTEGER|BIGINT)$/,
  double: /^(DOUBLE|FLOAT|U?TINYINT|U?SMALLINT|U?INTEGER)$/,
  boolean: /^BOOLEAN$/,
  date: /^DATE$/,
  timestamp: /^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?$/,
};

const WHOLE_DIGITS: Readonly<Record<string, number>> = {
  TINYINT: 3,
  UTINYINT: 3,
  SMALLINT: 5,
  USMALLINT: 5,
  INTEGER: 10,
  UINTEGER: 10,
  BIGINT: 19,
  UBIGINT: 20,
};

/** Every value that the file's type can hold has to fit. */
function fitsDecimal({ precision = 18, scale = 0 }: ColumnPlan, found: string): boolean {
  const [, digits = '0', places = '0'] = /^DECIMAL\((\d+),(\d+)\)$/.exec(found) ?? [];
  if (digits !== '0') {
    return Number(places) <= scale && Number(digits) - Number(places) <= precision - scale;
  }
  return (WHOLE_DIGITS[found] ?? Number.POSITIVE_INFINITY) <= precision - scale;
}

const WANTED: Readonly<Record<Exclude<ColumnType, 'decimal'>, string>> = {
  string: 'a string',
  integer: 'an integer of at most 64 bits',
  double: 'a double, a float or an integer of at most 32 bits',
  boolean: 'a boolean',
  date: 'a date',
  timestamp: 'a timestamp',
};

function wanted({ type, precision = 18, scale = 0 }: ColumnPlan): string {
  const what = type === 'decimal' ? `a decimal that fits into (${precision},${scale})` : WANTED[type];
  return `expected ${what}`;
}

function rowsOf(plan: PipelinePlan, { object, path }: StagedObject): string {
  const cells = plan.columns.map(
    (column, index) => `${typedField(column)} AS ${cellName(index)} /* ${comment(column.name)} */`,
  );
  return `SELECT CAST(${object} AS INTEGER) AS ${OBJECT}, file_row_number + 1 AS ${LINE},
  ${indent(cells)}
FROM ${readFile(path)}`;
}

/** Moments become UTC without a zone, as everywhere in SQL here; local times wait for their zone. */
export function typedField(column: ColumnPlan): string {
  const field = fieldAt(column);
  if (column.type !== 'timestamp') return field;
  return column.timezone === undefined
    ? `CAST(CAST(${field} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)`
    : `CAST(${field} AS TIMESTAMP)`;
}

function fieldAt({ name, path = name }: ColumnPlan): string {
  return path.split('.').map(identifier).join('.');
}

/** Its folder may look like a Hive partition by chance. */
function readFile(path: string): string {
  return `read_parquet(${text(path)}, file_row_number = true, hive_partitioning = false)`;
}
