import type { Histogram, ValueCount } from './histogram';
import type { ColumnType } from './plan';

/** What rows look like, column by column (docs/formats/run-report.md). Small, however many rows there are. */
export interface Profile {
  readonly formatVersion: 1;
  readonly rows: number;
  /** Quantiles, histograms and value counts are made of every n-th row; 1 = of all. */
  readonly sampledEvery: number;
  readonly sampleRows: number;
  readonly columns: readonly ColumnProfile[];
}

interface ColumnFacts {
  readonly name: string;
  readonly type: ColumnType;
  readonly nulls: number;
  readonly distinct: number;
  /** False = estimated (HyperLogLog), a few percent off. */
  readonly isDistinctExact: boolean;
}

/** Times are in seconds since 1970 (UTC). */
export interface NumberProfile extends ColumnFacts {
  readonly kind: 'number' | 'time';
  /** Absent when there is no value. */
  readonly range?: NumberRange;
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** To six digits. */
  readonly mean: number;
  readonly quantiles: Quantiles;
  readonly histogram: Histogram;
}

export interface TextProfile extends ColumnFacts {
  readonly kind: 'text';
  /** Most frequent first; all of them when there are few. Texts are cut. */
  readonly values: readonly ValueCount[];
  /** Rows with values that are not listed. */
  readonly others: number;
}

export type ColumnProfile = NumberProfile | TextProfile;

export const QUANTILES = {
  p01: 0.01,
  p05: 0.05,
  p25: 0.25,
  p50: 0.5,
  p75: 0.75,
  p95: 0.95,
  p99: 0.99,
} as const;
export type Quantiles = Readonly<Record<keyof typeof QUANTILES, number>>;

/** A column to be profiled: how it is called, and in which column of the rows it stands. */
export interface ProfiledColumn {
  readonly name: string;
  readonly column: string;
  readonly type: ColumnType;
}

export function kindOf(type: ColumnType): ColumnProfile['kind'] {
  switch (type) {
    case 'integer':
    case 'double':
    case 'decimal':
      return 'number';
    case 'date':
    case 'timestamp':
      return 'time';
    case 'string':
    case 'boolean':
      return 'text';
  }
}

/** Few outliers must not make all other values one bin: then the bins span what lies between the 1 % quantiles. */
export function histogramRange(
  min: number,
  max: number,
  { p01, p99 }: Quantiles,
): { readonly low: number; readonly high: number } {
  const WIDER = 4;
  const isSkewed = p99 > p01 && max - min > WIDER * (p99 - p01);
  return isSkewed ? { low: p01, high: p99 } : { low: min, high: max };
}
