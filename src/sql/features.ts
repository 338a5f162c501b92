import type { DaySpan } from '../domain/period';
import type { AggregateWindowPlan, FeaturePlan, LabelPlan, PipelinePlan } from '../domain/plan';
import { toStored } from './column-types';
import { dayOfEvent, orderByDay } from './clean';
import { expression, identifier, indent, text } from './quote';
import {
  DAY,
  EVENT_TIME_COLUMN,
  historyColumn,
  historyColumns,
  inputColumn,
  inputWindows,
  keyColumn,
  KNOWN_DAY_COLUMN,
  overColumn,
  overColumns,
  storedOver,
  storedName,
} from './stored-names';
import { featureColumns } from './table-columns';
import { rollingJoins, rollingTablesSql, windowValues } from './windows';

/** A feature's value; training and serving compute it with this same text. */
export function featureValue({ sql, kind }: Pick<FeaturePlan, 'sql' | 'kind'>): string {
  return `CAST(${expression(sql)} AS ${kind === 'numeric' ? 'DOUBLE' : 'VARCHAR'})`;
}

export function labelValue({ sql }: Pick<LabelPlan, 'sql'>): string {
  return `CAST(${expression(sql)} AS DOUBLE)`;
}

/** What a row adds to a window; for `count` any value weighs one. */
export function windowInput({ sql, aggregate }: Pick<AggregateWindowPlan, 'sql' | 'aggregate'>): string {
  return aggregate === 'count'
    ? `CASE WHEN ${expression(sql)} IS NOT NULL THEN 1.0::DOUBLE END`
    : `CAST(${expression(sql)} AS DOUBLE)`;
}

/** The day on which a row's values became known (UTC). */
export function knownDay(sql: string): string {
  return `CAST(${expression(sql)} AS DATE)`;
}

/** `row_features`: per row of `table_rows` all that depends on this row alone, each value once in memory. */
export function rowFeaturesSql(plan: PipelinePlan): string {
  const named = (value: string, name: string): string => `${value} AS ${identifier(name)}`;
  const values = [
    `${dayOfEvent(plan)} AS ${DAY}`,
    ...plan.key.map((name) => named(identifier(name), keyColumn(name))),
    named(identifier(plan.eventTime), EVENT_TIME_COLUMN),
    named(labelValue(plan.label), storedName(plan.label.name)),
    ...plan.features.map((feature) => named(featureValue(feature), storedName(feature.name))),
    ...overColumns(plan)
      .filter((name) => storedOver(plan, name) === overColumn(name))
      .map((name) => named(identifier(name), overColumn(name))),
    ...inputWindows(plan).map((window) => named(windowInput(window), inputColumn(plan, window))),
    ...historyColumns(plan).map(({ name }) => named(identifier(name), historyColumn(name))),
    ...(plan.knownAt === undefined ? [] : [named(knownDay(plan.knownAt), KNOWN_DAY_COLUMN)]),
  ];
  return `CREATE TABLE row_values AS
SELECT
  ${indent(values)}
FROM table_rows;

CREATE VIEW row_features AS
SELECT ${['*', ...sharedOverColumns(plan)].join(', ')} FROM row_values`;
}

/** What windows go over, of files and tables that hold it under another name. */
export function sharedOverColumns(plan: PipelinePlan): readonly string[] {
  return overColumns(plan)
    .filter((name) => storedOver(plan, name) !== overColumn(name))
    .map((name) => `${identifier(storedOver(plan, name))} AS ${identifier(overColumn(name))}`);
}

/**
 * `feature_rows`: the rows of the affected days with their windows, as a table in order or as a view in none.
 *
 * @param days in spans
 */
export function featureRowsSql(
  plan: PipelinePlan,
  days: readonly DaySpan[],
  as: 'table' | 'view' = 'table',
): readonly string[] {
  const own = featureColumns(plan)
    .map(({ name }) => name)
    .filter((name) => !plan.windows.some((window) => storedName(window.name) === name));
  const values = [
    `row.${DAY} AS ${DAY}`,
    ...own.map((name) => `row.${identifier(name)}`),
    ...windowValues(plan),
  ];
  const wanted = days.map(({ from, to }) => `row.${DAY} BETWEEN DATE ${text(from)} AND DATE ${text(to)}`);
  return [
    ...rollingTablesSql(plan, days),
    `CREATE ${as.toUpperCase()} feature_rows AS
SELECT
  ${indent(values)}
FROM row_features AS row${rollingJoins(plan)}
WHERE ${wanted.length === 0 ? 'false' : wanted.join('\n  OR ')}${as === 'view' ? '' : `\nORDER BY ${featureOrder(plan)}`}`,
  ];
}

/** The order of rows in files of the feature table. */
export function featureOrder(plan: PipelinePlan): string {
  return orderByDay(plan, plan.key.map(keyColumn));
}

/** What files of the feature table hold, of the rows of `feature_rows`. */
export function featureValues(plan: PipelinePlan): readonly string[] {
  return featureColumns(plan).map((column) => toStored(column));
}
