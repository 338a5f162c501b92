import { lakeLayout } from '../domain/lake-layout';
import type { PipelinePlan, ReferencePlan, RowExpectation } from '../domain/plan';
import { formatS3Uri } from '../domain/s3-uri';
import { sqlType } from './column-types';
import { columnOf } from './plan-columns';
import { identifier, text } from './quote';
import { storedName } from './stored-names';

export type ReferenceExpectation = Extract<RowExpectation, { kind: 'references' }>;

/** Where the allowed values lie: files that one SQL function reads. */
export interface ReferenceFiles {
  readonly format: 'csv' | 'parquet';
  /** Path or glob; `undefined` when there is no file. */
  readonly path: string | undefined;
}

/** `reference_<index>`: the allowed values of the plan's expectation number `index`, each once. */
export function referenceTableSql(
  plan: PipelinePlan,
  rule: ReferenceExpectation,
  index: number,
  files: ReferenceFiles,
): string {
  return `CREATE TABLE ${tableName(index)} AS\n${allowedSql(plan, rule, files)}`;
}

/** SQL over `parsed`: the row has values in all columns, and the other table has no row like it. */
export function notFoundSql({ columns }: ReferenceExpectation, index: number): string {
  const present = columns.map((name) => `${identifier(name)} IS NOT NULL`).join(' AND ');
  return `${present} AND ${tuple(columns.map(identifier))} NOT IN (SELECT ${tuple(columns.map(valueName))} FROM ${tableName(index)})`;
}

/** The same values, read where they are, by whoever repeats the check. */
export function referenceCteSql(
  plan: PipelinePlan,
  rule: ReferenceExpectation,
  index: number,
  lakeBucket: string,
): string {
  const { pipeline, uri, version } = rule.to;
  const read =
    uri === undefined
      ? `delta_scan(${text(formatS3Uri({ bucket: lakeBucket, key: lakeLayout.table(pipeline ?? '', 'clean') }))}${version === undefined ? '' : `, version => ${version}`})`
      : readSql({ format: formatOf(uri), path: uri });
  return `${tableName(index)} AS (\n  ${selectSql(plan, rule, read)}\n)`;
}

export function referenceText({ pipeline, uri, columns }: ReferencePlan): string {
  return `${uri ?? `the clean table of ${pipeline ?? ''}`} (${columns.join(', ')})`;
}

export function formatOf(uri: string): ReferenceFiles['format'] {
  return uri.endsWith('.csv') ? 'csv' : 'parquet';
}

function allowedSql(plan: PipelinePlan, rule: ReferenceExpectation, files: ReferenceFiles): string {
  if (files.path !== undefined) {
    return selectSql(plan, rule, readSql({ format: files.format, path: files.path }));
  }
  const none = rule.columns.map(
    (name, place) => `NULL::${sqlType(columnOf(plan, name))} AS ${valueName(name, place)}`,
  );
  return `SELECT ${none.join(', ')} WHERE false`;
}

function selectSql(plan: PipelinePlan, { columns, to }: ReferenceExpectation, read: string): string {
  const values = columns.map((name, place) => {
    const theirs = to.columns[place] ?? name;
    const stored = identifier(to.uri === undefined ? storedName(theirs) : theirs);
    return `TRY_CAST(${stored} AS ${sqlType(columnOf(plan, name))}) AS ${valueName(name, place)}`;
  });
  const present = columns.map((name, place) => `${valueName(name, place)} IS NOT NULL`).join(' AND ');
  return `SELECT * FROM (SELECT DISTINCT ${values.join(', ')} FROM ${read}) WHERE ${present}`;
}

function readSql({ format, path }: { readonly format: string; readonly path: string }): string {
  return format === 'csv'
    ? `read_csv(${text(path)}, header = true, all_varchar = true)`
    : `read_parquet(${text(path)}, hive_partitioning = false, union_by_name = true)`;
}

function valueName(_name: string, place: number): string {
  return `value_${place}`;
}

function tableName(index: number): string {
  return `reference_${index}`;
}

function tuple(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `row(${values.join(', ')})`;
}
