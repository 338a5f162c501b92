import type { ColumnType } from '../domain/plan';
import { identifier, number, text } from './quote';

/** How the values of a column are told apart; rows without a value are the first bin. */
export type DriftBins =
  | {
      readonly kind: 'numeric';
      /** Upper ends but the last one's, ascending. */ readonly edges: readonly number[];
    }
  | { readonly kind: 'values'; readonly values: readonly string[] };

/** More values than this share the last bin. */
const MAX_VALUES = 50;

export function driftKind(type: ColumnType): DriftBins['kind'] {
  return type === 'string' || type === 'boolean' ? 'values' : 'numeric';
}

/** Rows `{edge}`, ascending: bins of equal weight in what the model was trained on. */
export function edgesSql(table: string, column: string, bins: number): string {
  const shares = Array.from({ length: bins - 1 }, (_unused, index) => number((index + 1) / bins));
  return `SELECT DISTINCT unnest(quantile_disc(CAST(${identifier(column)} AS DOUBLE), [${shares.join(', ')}])) AS edge
FROM ${table} ORDER BY edge`;
}

/** Rows `{value}`: the most frequent values in what the model was trained on. */
export function valuesSql(table: string, column: string): string {
  return `SELECT CAST(${identifier(column)} AS VARCHAR) AS value
FROM ${table} WHERE ${identifier(column)} IS NOT NULL
GROUP BY value ORDER BY count(*) DESC, value LIMIT ${MAX_VALUES}`;
}

/** Rows `{bin, count}`; bins without rows are left out. */
export function binCountsSql(table: string, column: string, bins: DriftBins): string {
  return `SELECT ${binSql(column, bins)} AS bin, count(*) AS count FROM ${table} GROUP BY bin ORDER BY bin`;
}

export function binsIn(bins: DriftBins): number {
  return 2 + (bins.kind === 'numeric' ? bins.edges.length : bins.values.length);
}

function binSql(column: string, bins: DriftBins): string {
  const name = identifier(column);
  if (bins.kind === 'values') {
    const known = bins.values.map(
      (value, index) => `WHEN CAST(${name} AS VARCHAR) = ${text(value)} THEN ${index + 1}`,
    );
    return `CASE WHEN ${name} IS NULL THEN 0 ${known.join(' ')} ELSE ${bins.values.length + 1} END`;
  }
  const above = bins.edges.map((edge) => `CAST(${name} > ${number(edge)} AS INTEGER)`);
  return `CASE WHEN ${name} IS NULL THEN 0 ELSE ${['1', ...above].join(' + ')} END`;
}
