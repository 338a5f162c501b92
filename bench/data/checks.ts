import { atMost, percentile, type BenchmarkCheck } from '../lib/benchmark';
import type { MonthsResult } from './measure-months';
import type { SizeResult } from './measure-size';
import { SIZES, type Size } from './settings';
import type { Peer } from './python';

export interface DataSamples {
  readonly sizes: Readonly<Partial<Record<Size, SizeResult>>>;
  readonly months?: MonthsResult;
}

/** Peer's time by Millrace's, at least; issue's goals for 3.4 million rows. */
const FASTER_THAN: readonly (readonly [Peer, number])[] = [
  ['pandas', 2.5],
  ['pyspark', 5],
  ['polars', 0.8],
];
const MAX_OVERHEAD_PERCENT = 20;
const MAX_COPY_RATIO = 1.15;
const MAX_PEAK_MEGABYTES = 1024;
const MAX_MONTH_RATIO = 1.2;

/** One check for each number that was asked for and measured. */
export function checksOf({ sizes, months }: DataSamples): readonly BenchmarkCheck[] {
  const speed: Size | undefined = sizes.M ? 'M' : sizes.S && 'S';
  const measured = speed && sizes[speed];
  return [
    ...(speed && measured ? speedChecks(SIZES[speed].rows, measured) : []),
    ...(['S', 'M', 'L'] as const).flatMap((size) => memoryCheck(size, sizes[size])),
    ...(months ? [monthCheck(months)] : []),
  ];
}

function speedChecks(rows: string, result: SizeResult): readonly BenchmarkCheck[] {
  const faster = FASTER_THAN.flatMap(([peer, goal]) => {
    const ratio = result.ratios[peer];
    return ratio
      ? [atLeast(`time of ${peer} by time of Millrace, whole job, ${rows}`, ratio.median, goal)]
      : [];
  });
  const overheads = result.millrace.map(
    ({ seconds }, index) => (seconds / (result.engine[index]?.seconds ?? 0) - 1) * 100,
  );
  const cpuOverheads = result.millrace.map(
    ({ cpuSeconds, storeCpuSeconds }, index) =>
      ((cpuSeconds + storeCpuSeconds) / (result.engine[index]?.cpuSeconds ?? 0) - 1) * 100,
  );
  return [
    ...faster,
    atMost(
      `wall time over DuckDB running the same SQL, ${rows}`,
      percentile(overheads, 50),
      MAX_OVERHEAD_PERCENT,
      '%',
    ),
    atMost(
      `CPU time (with the store's) over DuckDB running the same SQL, ${rows}`,
      percentile(cpuOverheads, 50),
      MAX_OVERHEAD_PERCENT,
      '%',
    ),
    ...copyChecks(rows, result.copies ?? []),
  ];
}

function copyChecks(rows: string, copies: NonNullable<SizeResult['copies']>): readonly BenchmarkCheck[] {
  if (copies.length === 0) return [];
  const name = `CSV to typed Parquet alone by DuckDB's own COPY, ${rows}`;
  const median = (of: 'seconds' | 'cpuSeconds'): number =>
    percentile(
      copies.map(({ millrace, duckdb }) => millrace[of] / duckdb[of]),
      50,
    );
  return [
    atMost(`${name}, wall time`, median('seconds'), MAX_COPY_RATIO, 'x'),
    atMost(`${name}, CPU time`, median('cpuSeconds'), MAX_COPY_RATIO, 'x'),
  ];
}

function memoryCheck(size: Size, result: SizeResult | undefined): readonly BenchmarkCheck[] {
  if (!result) return [];
  const peak = Math.max(...result.millrace.map(({ peakMegabytes }) => peakMegabytes));
  return [atMost(`peak memory of the data worker, ${SIZES[size].rows}`, peak, MAX_PEAK_MEGABYTES, 'MB')];
}

function monthCheck({ month2, month120 }: MonthsResult): BenchmarkCheck {
  const ratios = month120.map((seconds, index) => seconds / (month2[index] ?? 0));
  return atMost('adding month 120 by adding month 2', percentile(ratios, 50), MAX_MONTH_RATIO, 'x');
}

function atLeast(name: string, value: number, goal: number): BenchmarkCheck {
  return { name, value, goal: `>= ${goal}`, unit: 'x', ok: value >= goal };
}
