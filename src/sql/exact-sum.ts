/**
 * Sums of DOUBLE depend on the order in which threads add them up. These do not: each value is cut into whole numbers,
 * and sums of whole numbers are exact, so every order and every grouping by days comes to the same bits. Only the last
 * step rounds.
 *
 * - `whole`: the integer part;
 * - `fraction`: the rest in units of 2^-94 (5e-29), exact for values from 2^-42 (2e-13) on;
 * - `large`: values from 2^96 (8e28) on, of which no whole number of 128 bits could hold enough. They are added up as
 *   DOUBLE, sorted by size, per day and then over days.
 *
 * 128 bits suffice for a thousand million values in one window. A total that no DOUBLE can hold (above 1.8e308) is
 * NULL.
 */
const UNIT = 'pow(2, 94)';
const UNIT_INTEGER = '19807040628566084398385987584::HUGEINT';
const LARGE = 'pow(2, 96)';
/** Below it, whole and fraction fit into one number, so that they can even cancel out without an error. */
const SMALL = '2147483648';

/** Sums of values that are all whole and below 2^53 need only the part `whole`. */
export type Summands = 'any' | 'whole';

/** Gives the column that holds a part. */
type PartName = (part: 'whole' | 'fraction' | 'large') => string;

/** Aggregates of the values `input`; all NULL when there is no value. */
export function exactSumParts(input: string, part: PartName, summands: Summands = 'any'): readonly string[] {
  if (summands === 'whole') return [`sum(TRY_CAST(${input} AS BIGINT)) AS ${part('whole')}`];
  const ordinary = `FILTER (WHERE abs(${input}) < ${LARGE})`;
  const large = `FILTER (WHERE abs(${input}) >= ${LARGE} AND isfinite(${input}))`;
  return [
    // TRY_CAST, because values are converted before the filter looks at them.
    `sum(TRY_CAST(trunc(${input}) AS HUGEINT)) ${ordinary} AS ${part('whole')}`,
    `sum(TRY_CAST((${input} - trunc(${input})) * ${UNIT} AS HUGEINT)) ${ordinary} AS ${part('fraction')}`,
    `${sortedSum(`list(${input}) ${large}`)} AS ${part('large')}`,
  ];
}

/** The parts `of` several days taken together; 0 when there are none. */
export function exactSumTotals(
  of: PartName,
  part: PartName,
  over: string,
  summands: Summands = 'any',
): readonly string[] {
  const sum = (name: string): string => `sum(${name}) ${over}`.trim();
  const list = `list(${of('large')}) FILTER (WHERE ${of('large')} IS NOT NULL) ${over}`.trim();
  const whole = `coalesce(${sum(of('whole'))}, 0) AS ${part('whole')}`;
  if (summands === 'whole') return [whole];
  return [
    whole,
    `coalesce(${sum(of('fraction'))}, 0) AS ${part('fraction')}`,
    `coalesce(${sortedSum(list)}, 0) AS ${part('large')}`,
  ];
}

/** The sum out of totals; NULL when it is no finite number. */
export function exactSumValue(part: PartName, summands: Summands = 'any'): string {
  if (summands === 'whole') return `CAST(${part('whole')} AS DOUBLE)`;
  const [whole, fraction, large] = [part('whole'), part('fraction'), part('large')];
  const ordinary =
    `CASE WHEN abs(${whole}) < ${SMALL} THEN CAST(${whole} * ${UNIT_INTEGER} + ${fraction} AS DOUBLE) / ${UNIT} ` +
    `ELSE CAST(${whole} AS DOUBLE) + CAST(${fraction} AS DOUBLE) / ${UNIT} END`;
  return `CASE WHEN isfinite(${large}) THEN (${ordinary}) + ${large} END`;
}

function sortedSum(list: string): string {
  return `list_aggregate(list_sort(${list}), 'fsum')`;
}
