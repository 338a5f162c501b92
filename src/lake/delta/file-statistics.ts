import type { Bound, ColumnChunk, ColumnKind, FooterColumn, ParquetFooter } from '../parquet/footer';
import type { FileStatistics } from './actions';

/** Protocol: string bounds are prefixes of this many characters. */
const PREFIX_CHARACTERS = 32;
/** Sorts behind every text that goes on after the prefix. */
const LAST_CHARACTER = '\u{10FFFF}';
/** Others have no ISO form that every reader takes. */
const FOUR_DIGIT_YEAR = /^\d{4}-/;
const DAY_MS = 86_400_000;

/** Name of a column and JSON text; undefined = there is no true text for it. */
type Entry = readonly [name: string, json: string | undefined];

/**
 * The `stats` of an add action, as JSON text (PROTOCOL.md, "Per-file Statistics"): rows, and for every column its
 * NULLs, minimum and maximum. Strings are cut to 32 characters, timestamps rounded outwards to milliseconds.
 *
 * Bounds for all columns or for none: beside columns that have bounds, Python `deltalake` 1.6 takes the others for
 * NULL and hides their rows from filters. So a NaN, an infinity or a year beyond 9999 leaves its file without bounds.
 */
export function statisticsText({ rows, columns }: ParquetFooter): string {
  const nulls = columns.map((column): Entry => [column.name, nullCount(column)?.toString()]);
  const valued = columns.filter((column) => nullCount(column) !== rows);
  const mins = valued.map((column): Entry => [column.name, lowest(column)]);
  const maxs = valued.map((column): Entry => [column.name, highest(column)]);
  const isBounded = [...nulls, ...mins, ...maxs].every(([, json]) => json !== undefined);
  const parts = [
    `"numRecords":${rows}`,
    ...(isBounded ? [`"minValues":${object(mins)}`, `"maxValues":${object(maxs)}`] : []),
    ...(nulls.every(([, json]) => json !== undefined) ? [`"nullCount":${object(nulls)}`] : []),
  ];
  return `{${parts.join(',')}}`;
}

/**
 * Statistics of a file that lacks columns which its table has now: they are NULL in every row, and must be said to be,
 * for the reason above. undefined = nothing to say.
 */
export function withNullColumns(stats: string | undefined, added: readonly string[]): string | undefined {
  if (stats === undefined) return undefined;
  const { numRecords, minValues, maxValues, nullCount } = JSON.parse(stats) as FileStatistics;
  if (!nullCount || added.every((name) => nullCount[name] === numRecords)) return undefined;
  const nulls = { ...nullCount, ...Object.fromEntries(added.map((name) => [name, numRecords])) };
  const isExact = numbersOf(stats).every(survivesJson);
  const bounds = isExact && minValues && maxValues ? { minValues, maxValues } : {};
  return JSON.stringify({ numRecords, ...bounds, nullCount: nulls });
}

/** The numbers of a JSON text as they are written, those inside strings left out. */
function numbersOf(json: string): readonly string[] {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
}

/** JavaScript reads integers and decimals with more digits than a DOUBLE holds as their neighbours. */
function survivesJson(written: string): boolean {
  const digits = written
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  return digits.length <= 15 || String(Number(written)) === written;
}

function nullCount({ chunks }: FooterColumn): number | undefined {
  return chunks.reduce<number | undefined>(
    (sum, { nulls }) => (sum === undefined || nulls === undefined ? undefined : sum + nulls),
    0,
  );
}

function lowest({ kind, scale, chunks }: FooterColumn): string | undefined {
  const bound = extreme(chunks, ({ min }) => min, -1);
  return bound === undefined ? undefined : BOUND_TEXTS[kind](bound, 'min', scale);
}

function highest({ kind, scale, chunks }: FooterColumn): string | undefined {
  const bound = extreme(chunks, ({ max }) => max, 1);
  return bound === undefined ? undefined : BOUND_TEXTS[kind](bound, 'max', scale);
}

/** undefined when any chunk with values does not tell. @param sign 1 = the largest, -1 = the smallest */
function extreme(
  chunks: readonly ColumnChunk[],
  boundOf: (chunk: ColumnChunk) => Bound | undefined,
  sign: 1 | -1,
): Bound | undefined {
  const bounds = chunks.filter(({ rows, nulls }) => rows !== nulls).map(boundOf);
  return bounds.reduce((best, bound) => {
    if (best === undefined || bound === undefined) return undefined;
    return sign * compare(bound, best) > 0 ? bound : best;
  });
}

function compare(left: Bound, right: Bound): number {
  // As the protocol and Parquet do: by UTF-8 bytes, not by UTF-16 units.
  if (typeof left === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(String(right)));
  return left < right ? -1 : Number(left > right);
}

const plain = (bound: Bound): string =>
  typeof bound === 'bigint' ? bound.toString() : JSON.stringify(bound);

type BoundText = (bound: Bound, side: 'min' | 'max', scale: number | undefined) => string | undefined;

const BOUND_TEXTS: Readonly<Record<ColumnKind, BoundText>> = {
  boolean: plain,
  integer: plain,
  number: plain,
  string: (bound, side) => JSON.stringify(side === 'min' ? prefix(String(bound)) : above(String(bound))),
  date: (days) => isoText(Number(days) * DAY_MS)?.replace(/T.*Z"$/, '"'),
  timestamp: (micros, side) => isoText(outwardMs(BigInt(micros), side)),
  decimal: (units, _side, scale) => decimalText(BigInt(units), scale ?? 0),
  other: () => undefined,
};

/** All digits, without zeros at the end: 1.50 is 1.5. */
function decimalText(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? '-' : ''}${whole}${scale === 0 || fraction === '' ? '' : `.${fraction}`}`;
}

function prefix(text: string): string {
  return Array.from(text).slice(0, PREFIX_CHARACTERS).join('');
}

/** A text of about the prefix's length that is not below `text`. */
function above(text: string): string {
  const characters = Array.from(text);
  if (characters.length <= PREFIX_CHARACTERS) return text;
  const isLast = (index: number): boolean => characters[index] === LAST_CHARACTER;
  let length = PREFIX_CHARACTERS;
  // Behind a run of last characters only a longer text is above.
  while (isLast(length)) length += 1;
  return characters.slice(0, length).join('') + (length < characters.length ? LAST_CHARACTER : '');
}

function outwardMs(micros: bigint, side: 'min' | 'max'): number {
  const floor = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const isWhole = floor * 1000n === micros;
  return Number(side === 'max' && !isWhole ? floor + 1n : floor);
}

function isoText(ms: number): string | undefined {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return undefined;
  const text = date.toISOString();
  return FOUR_DIGIT_YEAR.test(text) ? JSON.stringify(text) : undefined;
}

function object(entries: readonly Entry[]): string {
  return `{${entries.map(([name, json]) => `${JSON.stringify(name)}:${json ?? 'null'}`).join(',')}}`;
}
