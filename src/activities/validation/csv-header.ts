import type { CsvDialect } from '../../domain/plan';
import { compareNames } from './compare-names';
import { csvBytes } from './csv-bytes';
import { scanRecord } from './csv-record';
import { foreignFormat } from './foreign-format';
import { readStart } from './read-start';

export type HeaderCheck =
  | { readonly ok: true; readonly header: readonly string[] }
  /** Why no row of the file can be read. */
  | { readonly ok: false; readonly reasons: readonly string[] };

const MAX_HEADER_BYTES = 256 * 1024;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

const UNWANTED_HEADER = 'the first line names the columns, but source.csv.header is false';

/** The header line that a file would begin with. */
export function headerLine({ delimiter }: CsvDialect, columns: readonly string[]): string {
  return `${columns.join(delimiter)}\n`;
}

/** Reads the first line of a file and compares it with the contract; the order of columns is free. */
export async function checkHeader(
  path: string,
  dialect: CsvDialect,
  columns: readonly string[],
): Promise<HeaderCheck> {
  const isHeaderless = dialect.header === false;
  const ownBytes = isHeaderless ? Buffer.byteLength(headerLine(dialect, columns)) : 0;
  const bytes = withoutMark((await readStart(path, ownBytes + MAX_HEADER_BYTES)).subarray(ownBytes));
  if (bytes.length === 0) return refuse('the file is empty');
  const foreign = foreignFormat(bytes, 'CSV');
  if (foreign !== undefined) return refuse(`the file ${foreign}`);
  const record = scanRecord(bytes, 0, true, csvBytes(dialect));
  if (isHeaderless && (!record || record.fault)) return { ok: true, header: columns };
  if (!record || record.fault) return refuse('the header line is not valid CSV');
  const line = decode(bytes.subarray(0, record.end));
  if (line === undefined)
    return isHeaderless ? { ok: true, header: columns } : refuse('the header line is not UTF-8 text');
  const check = compareHeader(splitRecord(line, dialect), columns);
  if (isHeaderless) return check.ok ? refuse(UNWANTED_HEADER) : { ok: true, header: columns };
  return check.ok ? check : { ok: false, reasons: withHint(check.reasons, line, dialect, columns) };
}

const COMMON_DELIMITERS: readonly (readonly [string, string])[] = [
  [',', '","'],
  [';', '";"'],
  ['\t', 'a tab'],
  ['|', '"|"'],
];

/** Says when the header would fit with another delimiter. */
function withHint(
  reasons: readonly string[],
  line: string,
  dialect: CsvDialect,
  columns: readonly string[],
): readonly string[] {
  const fitting = COMMON_DELIMITERS.find(
    ([delimiter]) =>
      delimiter !== dialect.delimiter &&
      compareHeader(splitRecord(line, { ...dialect, delimiter }), columns).ok,
  );
  if (!fitting) return reasons;
  return reasons.map((reason) => `${reason}; split by ${fitting[1]} it fits: is source.csv.delimiter right?`);
}

/** One sentence says all that does not fit. */
export function compareHeader(header: readonly string[], columns: readonly string[]): HeaderCheck {
  const problem = compareNames(header, columns);
  return problem === undefined
    ? { ok: true, header }
    : { ok: false, reasons: [`the header does not fit the columns: ${problem}`] };
}

function splitRecord(line: string, { delimiter, quote }: CsvDialect): readonly string[] {
  const cells: string[] = [];
  let rest = line;
  for (;;) {
    const end = rest.startsWith(quote) ? closing(rest, quote) : rest.indexOf(delimiter);
    const cell = end < 0 ? rest : rest.slice(0, end);
    cells.push(cell.startsWith(quote) ? cell.slice(1, -1).replaceAll(quote + quote, quote) : cell);
    if (end < 0 || end >= rest.length) return cells;
    rest = rest.slice(end + 1);
  }
}

/** Exclusive end of a quoted cell at the start of `text`; the record is known to be well quoted. */
function closing(text: string, quote: string): number {
  let position = text.indexOf(quote, 1);
  while (text[position + 1] === quote) position = text.indexOf(quote, position + 2);
  return position + 1;
}

function refuse(reason: string): HeaderCheck {
  return { ok: false, reasons: [reason] };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function withoutMark(bytes: Buffer): Uint8Array {
  return bytes.indexOf(BYTE_ORDER_MARK) === 0 ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}
