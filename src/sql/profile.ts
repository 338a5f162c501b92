import type { Histogram, HistogramGrid } from '../domain/histogram';
import { kindOf, QUANTILES, type ProfiledColumn } from '../domain/profile';
import { identifier, indent, text } from './quote';

/** Rows to be profiled. */
export interface ProfileSource {
  /** What follows FROM. */
  readonly relation: string;
  /** A whole number of each row, the same in every attempt: decides which rows are in the sample. */
  readonly rowNumber: string;
}

/** Longer texts are cut: they are looked at, not used. */
const TEXT_CHARACTERS = 100;
/** As many values of a column are listed. */
export const LISTED_VALUES = 200;

/** Number or time (seconds since 1970), or text; NULL for what no chart can show. */
function plainValue({ column, type }: ProfiledColumn): string {
  const name = identifier(column);
  if (type === 'integer') return `CAST(${name} AS DOUBLE)`;
  switch (kindOf(type)) {
    case 'number':
      return `CASE WHEN isfinite(CAST(${name} AS DOUBLE)) THEN CAST(${name} AS DOUBLE) END`;
    case 'time':
      return `CASE WHEN isfinite(${name}) THEN CAST(epoch(${name}) AS DOUBLE) END`;
    case 'text':
      return `left(CAST(${name} AS VARCHAR), ${TEXT_CHARACTERS})`;
  }
}

/**
 * One row per column, in order: `nulls`, `distinct` (estimated; 0 unless asked for: it costs more than all the rest),
 * `min`, `max`, `mean` (numbers only). One scan.
 */
export function columnTotalsSql(
  columns: readonly ProfiledColumn[],
  { relation }: ProfileSource,
  isDistinctWanted: boolean,
): string {
  const facts = columns.map((column) => {
    const name = identifier(column.column);
    const distinct = isDistinctWanted ? `approx_count_distinct(${name})` : '0';
    const [min, max, mean] = ['min', 'max', 'avg'].map((aggregate) => total(aggregate, column));
    return `{'nulls': count(*) - count(${name}), 'distinct': ${distinct}, 'min': ${min}, 'max': ${max}, 'mean': ${mean}}`;
  });
  return `SELECT unnest([\n  ${indent(facts)}\n], recursive := true) FROM ${relation}`;
}

/** Whole numbers are compared and added up as they are, without a conversion per row. */
function total(aggregate: string, column: ProfiledColumn): string {
  if (kindOf(column.type) === 'text') return 'CAST(NULL AS DOUBLE)';
  return column.type === 'integer'
    ? `CAST(${aggregate}(${identifier(column.column)}) AS DOUBLE)`
    : `${aggregate}(${plainValue(column)})`;
}

/** `profile_sample`: every n-th row, each column as `c0`, `c1`, … */
export function profileSampleSql(
  columns: readonly ProfiledColumn[],
  { relation, rowNumber }: ProfileSource,
  every: number,
): string {
  const values = columns.map((column, index) => `${plainValue(column)} AS c${index}`);
  const where = every === 1 ? '' : `\nWHERE ${rowNumber} % ${every} = 0`;
  return `CREATE OR REPLACE TABLE profile_sample AS
SELECT
  ${indent(values)}
FROM ${relation}${where}`;
}

/**
 * One row per column: `distinct` in the sample, of all columns or only of texts; of numbers `quantiles`, and whether all
 * are whole.
 */
export function sampleFactsSql(columns: readonly ProfiledColumn[], distinctOf: 'all' | 'texts'): string {
  const shares = Object.values(QUANTILES).join(', ');
  const facts = columns.map(({ type }, index) => {
    const isText = kindOf(type) === 'text';
    const quantiles = isText ? 'CAST(NULL AS DOUBLE[])' : `quantile_disc(c${index}, [${shares}])`;
    const whole =
      type === 'integer'
        ? 'true'
        : isText
          ? 'CAST(NULL AS BOOLEAN)'
          : `bool_and(c${index} = floor(c${index}))`;
    const distinct = isText || distinctOf === 'all' ? `count(DISTINCT c${index})` : '0';
    return `{'distinct': ${distinct}, 'quantiles': ${quantiles}, 'whole': ${whole}}`;
  });
  return `SELECT unnest([\n  ${indent(facts)}\n], recursive := true) FROM profile_sample`;
}

/** The column at this position of the sample, and its bins. */
export interface SampledGrid {
  readonly index: number;
  readonly grid: HistogramGrid;
}

/** Rows `{column, bin, count}`; bin −1 is all below the first, one past the last all above it. */
export function binCountsSql(grids: readonly SampledGrid[]): string {
  const parts = grids.map(({ index, grid: { widthExponent, firstBin, bins } }) => {
    const bin = `floor(c${index} / pow(2, ${widthExponent})) - ${firstBin}`;
    return `SELECT ${index} AS "column", CAST(least(greatest(${bin}, -1), ${bins}) AS INTEGER) AS bin, count(*) AS count
FROM profile_sample WHERE c${index} IS NOT NULL GROUP BY bin`;
  });
  return parts.join('\nUNION ALL\n');
}

/** Puts counted bins of one column into a histogram. */
export function histogramOf(
  { widthExponent, firstBin, bins }: HistogramGrid,
  counted: ReadonlyMap<number, number>,
): Histogram {
  return {
    widthExponent,
    firstBin,
    counts: Array.from({ length: bins }, (_unused, bin) => counted.get(bin) ?? 0),
    below: counted.get(-1) ?? 0,
    above: counted.get(bins) ?? 0,
  };
}

/** Rows `{value, count}`, most frequent first, ties by the text. */
export function valueCountsSql(index: number): string {
  return `SELECT c${index} AS value, count(*) AS count FROM profile_sample
WHERE c${index} IS NOT NULL GROUP BY value ORDER BY count DESC, value LIMIT ${LISTED_VALUES}`;
}

/**
 * Rows of files that were published: their order is fixed, so a row's position in its file is its number.
 *
 * @param where SQL that a row has to meet
 */
export function fileSource(files: readonly string[], where = 'true'): ProfileSource {
  const list = files.map(text).join(', ');
  const options = 'hive_partitioning = false, union_by_name = true, file_row_number = true';
  return {
    relation: `(SELECT * FROM read_parquet([${list}], ${options}) WHERE ${where})`,
    rowNumber: 'file_row_number',
  };
}
