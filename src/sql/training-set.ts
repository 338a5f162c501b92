import type { PipelinePlan } from '../domain/plan';
import { PARQUET_OPTIONS, typedFiles } from './parquet';
import { identifier, identifiers, indent, text } from './quote';
import { EVENT_TIME_COLUMN, keyColumn, storedName } from './stored-names';
import { featureColumns } from './table-columns';

export interface TrainingSetFiles {
  /** Glob over local files of the feature table. */
  readonly filesGlob: string;
  /** ISO date (UTC): rows from this day on are the holdout. */
  readonly holdoutFrom: string;
  readonly trainPath: string;
  readonly holdoutPath: string;
}

/** UTC day of a stored event time. @param column of the clean or the feature table's files */
export function eventDayOf(column: string): string {
  return `CAST(CAST(${identifier(column)} AS TIMESTAMP) AS DATE)`;
}

/** One row `{oldest, newest}`: ISO dates of the feature table's files, null without rows. */
export function eventDaysSql(plan: PipelinePlan, filesGlob: string): string {
  const day = eventDayOf(EVENT_TIME_COLUMN);
  return `SELECT min(${day}) AS oldest, max(${day}) AS newest FROM ${typedFiles(featureColumns(plan), filesGlob)}`;
}

/** Splits labelled rows by day into two Parquet files: features and windows under the plan's names, then the label. */
export function trainingSetSql(plan: PipelinePlan, files: TrainingSetFiles): string {
  const { filesGlob, holdoutFrom, trainPath, holdoutPath } = files;
  return [
    `-- Older than the holdout: what the model learns from.\n${copy(plan, filesGlob, `< DATE ${text(holdoutFrom)}`, trainPath)}`,
    `-- The holdout: what models are compared on.\n${copy(plan, filesGlob, `>= DATE ${text(holdoutFrom)}`, holdoutPath)}`,
  ].join(';\n\n');
}

function copy(plan: PipelinePlan, filesGlob: string, days: string, path: string): string {
  const names = [...plan.features, ...plan.windows, plan.label].map(({ name }) => name);
  const values = names.map((name) => {
    const [stored, wanted] = [identifier(storedName(name)), identifier(name)];
    return stored === wanted ? wanted : `${stored} AS ${wanted}`;
  });
  return `COPY (
  SELECT ${indent(values, 4)}
  FROM ${typedFiles(featureColumns(plan), filesGlob)}
  WHERE ${identifier(storedName(plan.label.name))} IS NOT NULL
    AND ${eventDayOf(EVENT_TIME_COLUMN)} ${days}
  ORDER BY ${identifiers(plan.key.map(keyColumn))}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}

/** One row: how many rows a channel holds and how many different labels. */
export function channelFactsSql(plan: PipelinePlan, path: string): string {
  const label = identifier(plan.label.name);
  return `SELECT count(*) AS rows, count(DISTINCT ${label}) AS labels FROM read_parquet(${text(path)})`;
}
