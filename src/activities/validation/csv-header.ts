import { open } from 'node:fs/promises';
import { distance } from 'fastest-levenshtein';
import type { CsvDialect } from '../../domain/plan';
import { csvBytes } from './csv-bytes';
import { scanRecord } from './csv-record';
import { foreignFormat } from './foreign-format';

export type HeaderCheck =
  | { readonly ok: true; readonly header: readonly string[] }
  /** Why no row of the file can be read. */
  | { readonly ok: false; readonly reasons: readonly string[] };

const MAX_HEADER_BYTES = 256 * 1024;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/** Reads the first line of a file and compares it with the contract; the order of columns is free. */
export async function checkHeader(
  path: string,
  dialect: CsvDialect,
  columns: readonly string[],
): Promise<HeaderCheck> {
  const bytes = withoutMark(await readStart(path));
  if (bytes.length === 0) return refuse('the file is empty');
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined) return refuse(`the file ${foreign}`);
  const record = scanRecord(bytes, 0, true, csvBytes(dialect));
  if (!record || record.fault) return refuse('the header line is not valid CSV');
  const line = decode(bytes.subarray(0, record.end));
  if (line === undefined) return refuse('the header line is not UTF-8 text');
  const check = compareHeader(splitRecord(line, dialect), columns);
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
  const missing = columns.filter((name) => !header.includes(name));
  const unexpected = header.filter((name) => !columns.includes(name));
  const repeated = [...new Set(header.filter((name, index) => header.indexOf(name) !== index))];
  const parts = [
    listed('missing', missing),
    listed(
      'unexpected',
      unexpected.map((name) => `${show(name)}${hint(name, missing)}`),
    ),
    listed('there twice', repeated.map(show)),
  ].filter((part) => part !== undefined);
  return parts.length === 0
    ? { ok: true, header }
    : { ok: false, reasons: [`the header does not fit the columns: ${parts.join('; ')}`] };
}

const MAX_LISTED = 10;

function listed(what: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '';
  return `${what} ${names.slice(0, MAX_LISTED).join(', ')}${more}`;
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

function hint(name: string, missing: readonly string[]): string {
  const near = missing.find((candidate) => {
    const [left, right] = [name.trim().toLowerCase(), candidate.toLowerCase()];
    return distance(left, right) <= Math.max(1, Math.floor(right.length / 4));
  });
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

function show(name: string): string {
  return name === '' || /[^A-Za-z0-9_]/.test(name) ? JSON.stringify(name.slice(0, 80)) : name.slice(0, 80);
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

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(MAX_HEADER_BYTES);
    const { bytesRead } = await file.read(buffer, 0, MAX_HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
