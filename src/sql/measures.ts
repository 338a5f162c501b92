import type { MeasureExpectation } from '../domain/plan';
import type { Unit } from '../domain/requirement';
import { exactSumParts, exactSumValue } from './exact-sum';
import { identifier, number } from './quote';
import { UPLOADED } from './staging-names';

type SqlMeasure = Exclude<MeasureExpectation, { kind: 'drift' }>;

/** A query over `parsed` and `sources`: one row `{observed}`, NULL when there is no value to measure. */
export function measureSql(measure: SqlMeasure): string {
  switch (measure.kind) {
    case 'row_count':
      return 'SELECT count(*) AS observed FROM parsed';
    case 'sum':
      return sumSql(measure.column, 'total');
    case 'mean':
      return sumSql(measure.column, 'total / counted');
    case 'stddev':
      return deviationSql(measure.column);
    case 'quantile':
      return `SELECT quantile_cont(${double(measure.column)}, ${number(measure.q ?? 0.5)}) AS observed FROM parsed`;
    case 'freshness':
      return freshnessSql(measure.column, measure.requirement.unit ?? 'days');
  }
}

const part = (name: string): string => `sum_${name}`;

/** Exact but for the last rounding: the same on any number of threads. */
function sumSql(column: string, result: string): string {
  return `WITH parts AS (
  SELECT ${exactSumParts(double(column), part).join(', ')}, count(${identifier(column)}) AS counted FROM parsed
), totals AS (
  SELECT ${exactTotal()} AS total, counted FROM parts WHERE counted > 0
)
SELECT max(${result}) AS observed FROM totals`;
}

/** Of a sample (n - 1); the mean is known before the squares are added up. */
function deviationSql(column: string): string {
  const squares = `power(${double(column)} - observed, 2)`;
  return `WITH mean AS (${sumSql(column, 'total / counted')}), parts AS (
  SELECT ${exactSumParts(squares, part).join(', ')}, count(${identifier(column)}) AS counted FROM parsed, mean
)
SELECT max(sqrt(${exactTotal()} / (counted - 1))) AS observed FROM parts WHERE counted > 1`;
}

/** A part is NULL when no value fell into it. */
function exactTotal(): string {
  return exactSumValue((name) => `coalesce(${part(name)}, 0)`);
}

function double(column: string): string {
  return `CAST(${identifier(column)} AS DOUBLE)`;
}

const MILLISECONDS: Readonly<Partial<Record<Unit, number>>> = {
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

/** Against the upload, not the clock: the same batch is always judged alike. Mistyped years do not make it fresh. */
function freshnessSql(column: string, unit: Unit): string {
  const uploaded = `(SELECT max(${UPLOADED}) FROM sources)`;
  const newest = `max(${identifier(column)}) FILTER (WHERE ${identifier(column)} <= ${uploaded} + INTERVAL 2 DAY)`;
  const age = `epoch_ms(${uploaded}) - epoch_ms(CAST(${newest} AS TIMESTAMP))`;
  return `SELECT (${age}) / ${number(MILLISECONDS[unit] ?? 1)} AS observed FROM parsed`;
}
