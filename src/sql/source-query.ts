import type { PipelinePlan } from '../domain/plan';
import type { StagedObject } from './staged-object';
import { measureSql } from './measures';
import { columnIndex } from './plan-columns';
import { deliveredRows } from './delivered-rows';
import { identifier, identifiers } from './quote';
import type { NumberedRule, RowRule, RuleSet, SqlRule, UniqueRule } from './rule-types';
import { querySql } from './sql-rules';
import { parsedColumn } from './parsed-rows';
import { sourcesSql, type SourceFile } from './sources';
import { cellName, LINE, OBJECT } from './staging-names';

/** The batch's own files, as they were delivered. */
export interface DeliveredFiles {
  readonly files: readonly SourceFile[];
  /** With the columns of each file in the order of its header. */
  readonly staged: readonly Pick<StagedObject, 'object' | 'header'>[];
}

/** SQL that finds the rows which break a rule. */
export function ruleQuerySql(
  plan: PipelinePlan,
  delivered: DeliveredFiles,
  rule: NumberedRule,
): string | null {
  if ('query' in rule) return sqlQuerySql(plan, delivered, rule);
  if (!isReadable(plan)) return null;
  if (!('violated' in rule)) return uniqueQuerySql(plan, delivered, rule);
  return rule.notEvaluated === undefined ? rowQuerySql(plan, delivered, rule) : null;
}

/** The contract's own query over the delivered files. */
export function sqlQuerySql(plan: PipelinePlan, delivered: DeliveredFiles, rule: SqlRule): string | null {
  if (!isReadable(plan)) return null;
  const columns = plan.columns.map(({ name }) => name);
  return `${withParsed(plan, delivered, columns)}, batch AS (
  SELECT ${identifiers(columns)}, ${OBJECT}, ${LINE} FROM parsed
)
SELECT * FROM (
${querySql(rule)}
)`;
}

/**
 * SQL that anybody can run in DuckDB over the delivered files and that finds the rows which break a rule. Records
 * that are none are left out; `$line` counts records, which is the line unless a record spans several. Null for Avro, which
 * takes an extension of the engine.
 */
function rowQuerySql(plan: PipelinePlan, delivered: DeliveredFiles, rule: RowRule): string {
  const shown = [...new Set([...plan.key, ...rule.columns])];
  const reads = rule.reads === undefined ? '' : `, ${rule.reads}`;
  return `${withParsed(plan, delivered, [...shown, ...mentioned(plan, rule.violated)])}${reads}
SELECT source_uri, ${LINE}, ${rawCells(plan, shown)}
FROM parsed JOIN sources USING (${OBJECT})
WHERE ${rule.violated}
ORDER BY ${OBJECT}, ${LINE}`;
}

/** As {@link rowQuerySql}: all but the newest of the rows that agree in the rule's columns. */
function uniqueQuerySql(plan: PipelinePlan, delivered: DeliveredFiles, rule: UniqueRule): string {
  const shown = [...new Set([...plan.key, ...rule.columns])];
  const present = rule.columns.map((name) => `${identifier(name)} IS NOT NULL`).join(' AND ');
  return `${withParsed(plan, delivered, shown)}
SELECT source_uri, ${LINE}, ${rawCells(plan, shown)}
FROM parsed JOIN sources USING (${OBJECT})
WHERE ${present}
QUALIFY row_number() OVER (PARTITION BY ${identifiers(rule.columns)} ORDER BY ${OBJECT} DESC, ${LINE} DESC) > 1
ORDER BY ${OBJECT}, ${LINE}`;
}

/** As {@link rowQuerySql}: the number that a rule about the whole batch measures. */
export function measureQuerySql(
  plan: PipelinePlan,
  delivered: DeliveredFiles,
  measure: RuleSet['measures'][number],
): string | null {
  if (measure.kind === 'drift' || !isReadable(plan)) return null;
  const columns = 'column' in measure ? [measure.column] : plan.key;
  return `${withParsed(plan, delivered, columns)}\nSELECT (${measureSql(measure)}) AS observed`;
}

function isReadable({ source }: PipelinePlan): boolean {
  return source.format !== 'avro';
}

function withParsed(plan: PipelinePlan, delivered: DeliveredFiles, columns: readonly string[]): string {
  const needed = plan.columns.filter(({ name }) => columns.includes(name));
  const typed = needed.map((column) => parsedColumn(plan, column)).join(',\n    ');
  return `WITH sources AS (
${sourcesSql(delivered.files)}
), raw AS (
  ${byHeader(delivered)
    .map(({ header, uris }) => deliveredRows(plan, header, uris, needed))
    .join('\n  UNION ALL\n  ')}
), parsed AS (
  SELECT *,
    ${typed}
  FROM raw
)`;
}

interface HeaderGroup {
  readonly header: readonly string[];
  readonly uris: readonly string[];
}

function byHeader({ files, staged }: DeliveredFiles): readonly HeaderGroup[] {
  const groups = new Map<string, { header: readonly string[]; uris: string[] }>();
  for (const { object, header } of staged) {
    const group = groups.get(header.join('\n')) ?? { header, uris: [] };
    groups.set(header.join('\n'), { header, uris: [...group.uris, files[object]?.uri ?? ''] });
  }
  return [...groups.values()];
}

/** The columns whose values or texts an SQL condition looks at. */
function mentioned(plan: PipelinePlan, sql: string): readonly string[] {
  return plan.columns.flatMap(({ name }, index) =>
    sql.includes(identifier(name)) || sql.includes(cellName(index)) ? [name] : [],
  );
}

/** The raw text under the names of the columns. */
function rawCells(plan: PipelinePlan, columns: readonly string[]): string {
  return columns
    .map((name) => `parsed.${cellName(columnIndex(plan, name))} AS ${identifier(name)}`)
    .join(', ');
}
