import type { PipelinePlan } from '../domain/plan';
import { isMissing, parsedCell } from './parse-cell';
import { PARQUET_OPTIONS } from './parquet';
import { identifier, identifiers, indent, text } from './quote';
import { columnIndex, type RowRule, type RuleSet, type UniqueRule } from './rules';
import { cellName, LINE, OBJECT } from './staging-names';

/** `parsed`: every raw row with its typed values beside the raw text. */
export function parsedViewSql(plan: PipelinePlan): string {
  const values = plan.columns.map((column, index) => {
    const cell = cellName(index);
    const missing = isMissing(cell, plan.source.csv.nullValues);
    const value = parsedCell(column, cell);
    return `CASE WHEN NOT (${missing}) THEN ${value} END AS ${identifier(column.name)}`;
  });
  return `CREATE VIEW parsed AS\nSELECT *,\n  ${indent(values)}\nFROM raw`;
}

/** `rules`: the numbered checks, row rules first, then unique rules; violations refer to them by number. */
export function rulesTableSql(plan: PipelinePlan, { rowRules, uniqueRules }: RuleSet): string {
  const rows = [
    ...rowRules.map((rule, index) => ruleRow(plan, index, rule, rule.column)),
    ...uniqueRules.map((rule, index) =>
      ruleRow(plan, rowRules.length + index, rule, rule.columns[0] ?? '', rule.columns),
    ),
  ];
  return `CREATE TABLE rules AS
SELECT * FROM (VALUES
  ${indent(rows)}
) AS rule(rule, name, columns, cell, message, rejects)`;
}

function ruleRow(
  plan: PipelinePlan,
  index: number,
  rule: RowRule | UniqueRule,
  column: string,
  columns: readonly string[] = [column],
): string {
  const cell = columnIndex(plan, column);
  const rejects = rule.onFail !== 'warn';
  return `(${index}, ${text(rule.name)}, ${text(columns.join(', '))}, ${cell}, ${text(rule.message)}, ${rejects})`;
}

/** `violations`: one row per faulty row with the numbers of all row rules it breaks. */
export function violationsSql({ rowRules }: RuleSet): string {
  const anyRule = rowRules.map((rule) => `(${rule.violated})`).join('\n   OR ');
  const numbers = rowRules.map(
    (rule, index) => `CASE WHEN ${rule.violated} THEN ${index} END /* ${rule.name.replaceAll('*/', '')} */`,
  );
  return `CREATE TABLE violations AS
SELECT ${OBJECT}, ${LINE}, unnest(list_filter([
  ${indent(numbers)}
], lambda number: number IS NOT NULL)) AS rule
FROM parsed
WHERE ${anyRule}`;
}

/** Repeated rows: all but the newest, among the rows that pass everything else. */
export function duplicatesSql({ rowRules, uniqueRules }: RuleSet): readonly string[] {
  return [
    'CREATE TABLE faulty AS SELECT DISTINCT ' +
      `${OBJECT}, ${LINE} FROM violations JOIN rules USING (rule) WHERE rejects`,
    ...uniqueRules.map((rule, index) => duplicateSql(rule, rowRules.length + index)),
  ];
}

function duplicateSql(rule: UniqueRule, number: number): string {
  const present = rule.columns.map((name) => `${identifier(name)} IS NOT NULL`).join(' AND ');
  return `INSERT INTO violations
SELECT ${OBJECT}, ${LINE}, ${number} AS rule -- ${rule.name}
FROM parsed ANTI JOIN faulty USING (${OBJECT}, ${LINE})
WHERE ${present}
QUALIFY row_number() OVER (PARTITION BY ${identifiers(rule.columns)} ORDER BY ${OBJECT} DESC, ${LINE} DESC) > 1`;
}

/** `rejected`: the rows that will not be accepted. */
export const REJECTED_SQL = `CREATE TABLE rejected AS
SELECT DISTINCT ${OBJECT}, ${LINE} FROM violations JOIN rules USING (rule) WHERE rejects`;

/** `structural`: what the scanner could not read as records; see activities/validation/scan-csv.ts. */
export function structuralTableSql(faultsPath: string): string {
  return `CREATE TABLE structural AS
SELECT object AS ${OBJECT}, line AS ${LINE}, raw, message
FROM read_json(${text(faultsPath)}, format = 'newline_delimited', maximum_object_size = 16777216,
  columns = {object: 'INTEGER', line: 'BIGINT', raw: 'VARCHAR', message: 'VARCHAR'})`;
}

/** Accepted rows, typed, in the order in which they came: equal input gives equal bytes. */
export function copyAcceptedSql(plan: PipelinePlan, path: string): string {
  const columns = identifiers(plan.columns.map((column) => column.name));
  return `COPY (
  SELECT ${columns}, ${OBJECT}, ${LINE}
  FROM parsed ANTI JOIN rejected USING (${OBJECT}, ${LINE})
  ORDER BY ${OBJECT}, ${LINE}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}
