/** What separates and encloses the cells of a CSV file, as bytes. */
export interface CsvBytes {
  readonly delimiter: number;
  readonly quote: number;
}

export type QuotingFault = 'stray_quote' | 'after_quote' | 'open_quote' | 'too_long' | 'carriage_return';

export interface ScannedRecord {
  /** Exclusive end of the record's text, without its line break. */
  readonly end: number;
  /** Where the next record begins. */
  readonly next: number;
  readonly cells: number;
  /** The record has line breaks in quoted cells. */
  readonly multiline?: true;
  readonly fault?: QuotingFault;
  /** No end of the line was in sight: the caller drops everything up to the next line break. */
  readonly endless?: true;
}

/** Longer records are set aside, each as one fault. */
export const MAX_RECORD_BYTES = 1024 * 1024;

/** How far the end of a quoted cell is looked for before its quote is taken for one that was never closed. */
export const MAX_LOOKAHEAD_BYTES = 16 * 1024 * 1024;

const LF = 10;
const CR = 13;

/**
 * Reads one record from `buffer[start]` on (RFC 4180, strict); undefined = the record goes on beyond the buffer.
 *
 * A quote that is never closed would swallow the rest of the file. So when the quoting of a record turns out to be
 * wrong and it spans several lines, only its first line is given up, and reading goes on with the second. A record
 * that is well quoted but too long is given up as a whole, so that its lines are not taken for records.
 */
export function scanRecord(
  buffer: Uint8Array,
  start: number,
  atEnd: boolean,
  { delimiter, quote }: CsvBytes,
): ScannedRecord | undefined {
  let position = start;
  let cells = 1;
  let cellStart = true;
  let firstBreak = -1;
  let limitBytes = MAX_RECORD_BYTES;
  const broken = (kind: QuotingFault): ScannedRecord | undefined =>
    giveUp(buffer, start, firstBreak < 0 ? position : firstBreak, atEnd, kind);

  while (position < buffer.length) {
    const byte = buffer[position];
    if (byte === LF || byte === CR)
      return limited(lineEnd(buffer, position, cells, atEnd, broken), start, firstBreak);
    if (byte === quote) {
      if (!cellStart) return broken('stray_quote');
      const opened = position;
      position = closingQuote(buffer, opened + 1, quote);
      if (firstBreak < 0) firstBreak = lineBreakBefore(buffer, opened + 1, position);
      if (position >= buffer.length - 1 && !atEnd) {
        limitBytes = MAX_LOOKAHEAD_BYTES;
        break;
      }
      if (position >= buffer.length) return broken('open_quote');
      const after = buffer[position + 1];
      if (!endsCell(after, delimiter)) return broken('after_quote');
    }
    cellStart = byte === delimiter;
    if (cellStart) cells += 1;
    position += 1;
  }
  if (atEnd) return limited({ end: position, next: position, cells }, start, firstBreak);
  return buffer.length - start > limitBytes ? broken('too_long') : undefined;
}

function limited(
  record: ScannedRecord | undefined,
  start: number,
  firstBreak: number,
): ScannedRecord | undefined {
  if (!record || record.fault) return record;
  const whole: ScannedRecord = firstBreak < 0 ? record : { ...record, multiline: true };
  return record.end - start <= MAX_RECORD_BYTES ? whole : { ...whole, fault: 'too_long' };
}

function endsCell(byte: number | undefined, delimiter: number): boolean {
  return byte === undefined || byte === delimiter || byte === LF || byte === CR;
}

function lineEnd(
  buffer: Uint8Array,
  end: number,
  cells: number,
  atEnd: boolean,
  broken: (kind: QuotingFault) => ScannedRecord | undefined,
): ScannedRecord | undefined {
  if (buffer[end] === LF) return { end, next: end + 1, cells };
  const after = buffer[end + 1];
  if (after === LF) return { end, next: end + 2, cells };
  if (after !== undefined) return broken('carriage_return');
  return atEnd ? { end, next: end + 1, cells } : undefined;
}

/** Position of the quote that ends the cell, or the buffer's length; doubled quotes are part of the cell. */
function closingQuote(buffer: Uint8Array, from: number, quote: number): number {
  let position = buffer.indexOf(quote, from);
  while (position >= 0 && buffer[position + 1] === quote) position = buffer.indexOf(quote, position + 2);
  return position < 0 ? buffer.length : position;
}

function lineBreakBefore(buffer: Uint8Array, from: number, to: number): number {
  const position = buffer.indexOf(LF, from);
  return position >= 0 && position < to ? position : -1;
}

/** Ends the faulty record at the first line break from `from` on. */
function giveUp(
  buffer: Uint8Array,
  start: number,
  from: number,
  atEnd: boolean,
  fault: QuotingFault,
): ScannedRecord | undefined {
  const lineFeed = buffer.indexOf(LF, from);
  if (lineFeed < 0) {
    const rest = { end: buffer.length, next: buffer.length, cells: 0, fault };
    if (atEnd) return rest;
    return buffer.length - start > 2 * MAX_RECORD_BYTES ? { ...rest, endless: true } : undefined;
  }
  const end = lineFeed > start && buffer[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
  return { end, next: lineFeed + 1, cells: 0, fault };
}
