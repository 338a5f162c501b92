import { isUtf8 } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import type { CsvDialect } from '../../domain/plan';
import { csvBytes } from './csv-bytes';
import { MAX_RECORD_BYTES, scanRecord, type QuotingFault, type ScannedRecord } from './csv-record';
import { createRecordWriter } from './record-writer';

export interface ScanInput {
  readonly object: number;
  readonly path: string;
  readonly dialect: CsvDialect;
  /** Cells of a whole record. */
  readonly cells: number;
  /** Receives the sound records, each with its line number as an extra first cell. */
  readonly soundPath: string;
  /** Open for appending: one JSON document per record that is none. */
  readonly faults: FileHandle;
  readonly signal: AbortSignal;
}

export interface ScanResult {
  readonly sound: number;
  readonly faulty: number;
  /** Why the file was given up before its end. */
  readonly rejection?: string;
}

const CHUNK_BYTES = 1024 * 1024;
const LF = 10;
/** So many faults in a row mean that the file as a whole was misread; more of them would help nobody. */
const MAX_FAULTS_IN_A_ROW = 10_000;
/** Of a record that is too long, this much is kept. */
const MAX_RAW_BYTES = 64 * 1024;

const FAULTS: Readonly<Record<QuotingFault, string>> = {
  stray_quote: 'a quote inside an unquoted cell',
  after_quote: 'text after a closing quote',
  open_quote: 'a quote that is never closed',
  too_long: 'longer than 1 MiB',
  carriage_return: 'a carriage return without a line feed',
};

/**
 * Splits a CSV file into records by the strict rules of RFC 4180 and sets those aside that break them. A record's
 * number is the physical line it begins in: the header is line 1, every line feed counts, also one inside quotes.
 * The header is left out; blank lines are neither sound nor faulty.
 *
 * This is done here and not by DuckDB because its reader loses count at blank lines, refuses files with mixed line
 * ends, and gives up everything after a quote that is not closed.
 */
export async function scanCsv(input: ScanInput): Promise<ScanResult> {
  const source = await open(input.path, 'r');
  const sound = await open(input.soundPath, 'w');
  try {
    return await scanFile(input, source, sound);
  } finally {
    await source.close();
    await sound.close();
  }
}

async function scanFile(input: ScanInput, source: FileHandle, sound: FileHandle): Promise<ScanResult> {
  const scanner = createScanner(input);
  let carried: Uint8Array = new Uint8Array(0);
  for (let atEnd = false; !atEnd && !scanner.isGivenUp();) {
    input.signal.throwIfAborted();
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await source.read(chunk, 0, CHUNK_BYTES);
    atEnd = bytesRead === 0;
    const buffer = Buffer.concat([carried, chunk.subarray(0, bytesRead)]);
    const consumed = scanner.scan(buffer, atEnd);
    carried = buffer.subarray(consumed);
    const output = scanner.take();
    // Not `write`: on a disk that fills up it writes a part and says so only in its result.
    if (output.sound.length > 0) await sound.appendFile(output.sound);
    if (output.faults.length > 0) await input.faults.appendFile(output.faults);
  }
  return scanner.result();
}

interface Scanner {
  /** Returns how many bytes were consumed. */
  readonly scan: (buffer: Buffer, atEnd: boolean) => number;
  readonly take: () => { readonly sound: Buffer; readonly faults: string };
  readonly isGivenUp: () => boolean;
  readonly result: () => ScanResult;
}

function createScanner(input: ScanInput): Scanner {
  const bytes = csvBytes(input.dialect);
  const faults = createFaultLog(input.object);
  let line = 1;
  let isHeader = true;
  let sound = 0;
  let writer = createRecordWriter(bytes, CHUNK_BYTES);
  let dropping = false;

  const take = (buffer: Buffer, start: number, record: ScannedRecord, textIsSound: boolean): void => {
    const firstLine = line;
    if (record.multiline) line += lineFeeds(buffer.subarray(start, record.next));
    else if (buffer[record.next - 1] === LF) line += 1;
    const isBlank = record.end === start && !record.fault;
    if (isHeader || isBlank) {
      isHeader = false;
      return;
    }
    const message = faultOf(buffer.subarray(start, record.end), record, input.cells, textIsSound);
    if (message === undefined) {
      writer.append(firstLine, buffer, start, record.end);
      sound += 1;
      faults.endRow();
    } else faults.add(firstLine, buffer.subarray(start, record.end), record, message);
  };

  return {
    scan: (buffer, atEnd) => {
      writer = createRecordWriter(bytes, buffer.length * 2 + CHUNK_BYTES);
      let start = 0;
      if (dropping) {
        const lineFeed = buffer.indexOf(LF);
        if (lineFeed < 0) return buffer.length;
        start = lineFeed + 1;
        line += 1;
        dropping = false;
      }
      const textIsSound = isSoundText(buffer.subarray(0, atEnd ? buffer.length : buffer.lastIndexOf(LF) + 1));
      while (start < buffer.length && !faults.isGivenUp()) {
        const record = scanRecord(buffer, start, atEnd, bytes);
        if (!record) break;
        take(buffer, start, record, textIsSound);
        dropping = record.endless ?? false;
        start = record.next;
      }
      return start;
    },
    take: () => ({ sound: writer.written(), faults: faults.take() }),
    isGivenUp: faults.isGivenUp,
    result: () => ({ sound, ...faults.result() }),
  };
}

interface FaultLog {
  readonly add: (line: number, content: Buffer, record: ScannedRecord, message: string) => void;
  /** A sound record came: faults before it and after it are not in a row. */
  readonly endRow: () => void;
  readonly take: () => string;
  readonly isGivenUp: () => boolean;
  readonly result: () => Omit<ScanResult, 'sound'>;
}

function createFaultLog(object: number): FaultLog {
  let documents: string[] = [];
  let faulty = 0;
  let row = { length: 0, line: 0, message: '' };
  const isGivenUp = (): boolean => row.length >= MAX_FAULTS_IN_A_ROW;
  return {
    add: (line, content, record, problem) => {
      const message = record.fault === 'too_long' ? `${problem}${lineRange(line, content)}` : problem;
      // The JSON reader refuses NUL; bytes that are not UTF-8 are replaced in the same way.
      const raw = rawText(content, record).replaceAll('\0', '\uFFFD');
      documents.push(`${JSON.stringify({ object, line, raw, message })}\n`);
      faulty += 1;
      row = row.length === 0 ? { length: 1, line, message } : { ...row, length: row.length + 1 };
    },
    endRow: () => {
      if (row.length > 0) row = { length: 0, line: 0, message: '' };
    },
    take: () => {
      const output = documents.join('');
      documents = [];
      return output;
    },
    isGivenUp,
    result: () => ({ faulty, ...(isGivenUp() ? { rejection: rejectionOf(row) } : {}) }),
  };
}

function rejectionOf({ line, message }: { readonly line: number; readonly message: string }): string {
  return (
    `${MAX_FAULTS_IN_A_ROW} records in a row, from line ${line} on, are no CSV of this form ` +
    `(line ${line}: ${message}); is a quote opened there and never closed?`
  );
}

function rawText(content: Buffer, { fault }: ScannedRecord): string {
  return content.toString('utf8', 0, fault === 'too_long' ? MAX_RAW_BYTES : content.length);
}

/** Says which lines a long record takes, and that only its beginning is kept. */
function lineRange(line: number, content: Buffer): string {
  const last = line + lineFeeds(content);
  const lines = last > line ? ` (lines ${line} to ${last})` : '';
  return content.length > MAX_RAW_BYTES
    ? `${lines}; only its first ${MAX_RAW_BYTES / 1024} KiB are kept`
    : lines;
}

function lineFeeds(content: Buffer): number {
  let count = 0;
  for (let at = content.indexOf(LF); at >= 0; at = content.indexOf(LF, at + 1)) count += 1;
  return count;
}

function faultOf(
  content: Uint8Array,
  record: ScannedRecord,
  cells: number,
  textIsSound: boolean,
): string | undefined {
  if (record.fault === 'too_long' && content.length <= MAX_RECORD_BYTES) return FAULTS.open_quote;
  if (record.fault) return FAULTS[record.fault];
  if (record.cells !== cells) return `expected ${cells} cells, got ${record.cells}`;
  return textIsSound || isSoundText(content) ? undefined : 'not UTF-8 text';
}

function isSoundText(content: Uint8Array): boolean {
  return isUtf8(content) && !content.includes(0);
}
