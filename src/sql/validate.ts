import type { PipelinePlan } from '../domain/plan';
import { lineNumber } from './load-csv';
import { PARQUET_OPTIONS } from './parquet';
import { identifier, identifiers, indent, text } from './quote';
import { columnIndex } from './plan-columns';
import { isMetSql } from './requirement';
import { numberedRules, type NumberedRule, type RuleSet, type UniqueRule } from './rule-types';
import { acceptedValue } from './column-types';
import { BROKEN, LINE, OBJECT } from './staging-names';

/** `rules`: the numbered checks of rows; violations refer to them by number. */
function rulesTableSql(plan: PipelinePlan, rules: RuleSet): string {
  const rows = numberedRules(rules).map((rule, index) => ruleRow(plan, index, rule));
  return `CREATE TABLE rules AS
SELECT * FROM (VALUES
  ${indent(rows)}
) AS rule(rule, name, columns, cell, message, rejects)`;
}

function ruleRow(plan: PipelinePlan, index: number, rule: NumberedRule): string {
  const cell = columnIndex(plan, rule.columns[0] ?? '');
  const rejects = rule.onFail !== 'warn';
  return `(${index}, ${text(rule.name)}, ${text(rule.columns.join(', '))}, ${cell}, ${text(rule.message)}, ${rejects})`;
}

/** `violations`: which row breaks which rule. */
const VIOLATIONS_SQL = `CREATE TABLE violations AS
SELECT ${OBJECT}, ${LINE}, unnest(${BROKEN}) AS rule FROM parsed WHERE ${BROKEN} IS NOT NULL`;

/** Rules that may be broken by some rows reject none of them while they keep to that. */
function toleranceSql(rules: RuleSet, of: 'row' | 'unique'): readonly string[] {
  const unique: ReadonlySet<unknown> = new Set(rules.uniqueRules);
  return numberedRules(rules).flatMap((rule, index) => {
    if (!rule.requirement || unique.has(rule) !== (of === 'unique')) return [];
    const count = `(SELECT count(*) FROM violations WHERE rule = ${index})`;
    const observed =
      rule.requirement.unit === 'percent' ? `100.0 * ${count} / (SELECT count(*) FROM parsed)` : count;
    const isMet = `coalesce(${isMetSql(observed, rule.requirement)}, true)`;
    return `UPDATE rules SET rejects = false WHERE rule = ${index} AND ${isMet} -- ${rule.name}`;
  });
}

/** `faulty`: the rows that break a rule about single rows. */
const FAULTY_SQL =
  'CREATE TABLE faulty AS SELECT DISTINCT ' +
  `${OBJECT}, ${LINE} FROM violations JOIN rules USING (rule) WHERE rejects`;

/** Repeated rows: all but the newest, among the rows that pass everything else. */
function duplicatesSql({ rowRules, sqlRules, uniqueRules }: RuleSet): readonly string[] {
  return uniqueRules.map((rule, index) => duplicateSql(rule, rowRules.length + sqlRules.length + index));
}

/** The rows that the contract's own queries found, see activities/validation/run-sql-rules.ts. */
function foundSql({ rowRules, sqlRules }: RuleSet, found: readonly string[]): readonly string[] {
  return sqlRules.map(
    (rule, index) => `INSERT INTO violations
SELECT ${OBJECT}, ${LINE}, ${rowRules.length + index} AS rule -- ${rule.name.replaceAll('\n', ' ')}
FROM read_parquet(${text(found[index] ?? '')})`,
  );
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
const REJECTED_SQL = `CREATE TABLE rejected AS
SELECT DISTINCT ${OBJECT}, ${LINE} FROM violations JOIN rules USING (rule) WHERE rejects`;

/** `structural`: what the scanner could not read as records; see activities/validation/scan-csv.ts. */
export function structuralTableSql(plan: PipelinePlan, faultsPath: string): string {
  const line = plan.source.format === 'csv' ? lineNumber(plan, 'line') : 'line';
  return `CREATE OR REPLACE TABLE structural AS
SELECT object AS ${OBJECT}, ${line} AS ${LINE}, raw, message
FROM read_json(${text(faultsPath)}, format = 'newline_delimited', maximum_object_size = 16777216,
  columns = {object: 'INTEGER', line: 'BIGINT', raw: 'VARCHAR', message: 'VARCHAR'})`;
}

/**
 * What follows for the rows of `parsed`, in the order in which it runs: `violations` and `rejected` are there afterwards.
 *
 * @param found files with the rows that each of the SQL rules found
 */
export function judgeRowsSql(
  plan: PipelinePlan,
  rules: RuleSet,
  found: readonly string[],
): readonly string[] {
  return [
    rulesTableSql(plan, rules),
    VIOLATIONS_SQL,
    ...foundSql(rules, found),
    ...toleranceSql(rules, 'row'),
    FAULTY_SQL,
    ...duplicatesSql(rules),
    ...toleranceSql(rules, 'unique'),
    REJECTED_SQL,
  ];
}

/** Accepted rows, typed, in the order in which they came: equal input gives equal bytes. */
export function copyAcceptedSql(plan: PipelinePlan, path: string): string {
  return `COPY (
  SELECT ${indent([...plan.columns.map(acceptedValue), OBJECT, LINE], 4)}
  FROM parsed ANTI JOIN rejected USING (${OBJECT}, ${LINE})
  ORDER BY ${OBJECT}, ${LINE}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}
