import { isUtf8 } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import type { CsvDialect } from '../../domain/plan';
import { csvBytes } from './csv-bytes';
import { MAX_RECORD_BYTES, scanRecord, type QuotingFault, type ScannedRecord } from './csv-record';
import { createPlainCells } from './plain-cells';
import { createOrdinaryReader, type CellForms, type OrdinaryReader } from './ordinary-records';
import { createRecordWriter, type RecordWriter } from './record-writer';

export interface ScanInput {
  readonly object: number;
  readonly path: string;
  readonly dialect: CsvDialect;
  /** Cells of a whole record. */
  readonly cells: number;
  /** What the cells of each column may be read quickly from, in the order of the file. */
  readonly forms?: CellForms;
  /**
   * Receives the sound records, each with its line number as an extra first cell; with a minus where all of its cells can
   * be read quickly.
   */
  readonly soundPath: string;
  /** Receives the plain records in place of `soundPath`, written in the same way; absent = none is looked for. */
  readonly plain?: (records: Buffer, count: number) => Promise<void>;
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
  let buffer = Buffer.allocUnsafe(2 * CHUNK_BYTES);
  let filled = 0;
  for (let atEnd = false; !atEnd && !scanner.isGivenUp();) {
    input.signal.throwIfAborted();
    if (buffer.length - filled < CHUNK_BYTES) {
      buffer = Buffer.concat([buffer.subarray(0, filled)], 2 * buffer.length);
    }
    const bytesRead = await readChunk(source, buffer, filled);
    atEnd = bytesRead === 0;
    filled += bytesRead;
    const consumed = scanner.scan(buffer.subarray(0, filled), atEnd);
    buffer.copyWithin(0, consumed, filled);
    filled -= consumed;
    const output = scanner.take();
    // Not `write`: on a disk that fills up it writes a part and says so only in its result.
    if (output.sound.length > 0) await sound.appendFile(output.sound);
    if (output.plain.length > 0) await input.plain?.(output.plain, output.plainRecords);
    if (output.faults.length > 0) await input.faults.appendFile(output.faults);
  }
  return scanner.result();
}

/** All of a chunk but at the end of the file: what comes out must not depend on how much a read happens to give. */
async function readChunk(source: FileHandle, buffer: Buffer, start: number): Promise<number> {
  let bytes = 0;
  while (bytes < CHUNK_BYTES) {
    const { bytesRead } = await source.read(buffer, start + bytes, CHUNK_BYTES - bytes);
    if (bytesRead === 0) break;
    bytes += bytesRead;
  }
  return bytes;
}

interface Scanner {
  /** Returns how many bytes were consumed. */
  readonly scan: (buffer: Buffer, atEnd: boolean) => number;
  readonly take: () => {
    readonly sound: Buffer;
    readonly plain: Buffer;
    readonly plainRecords: number;
    readonly faults: string;
  };
  readonly isGivenUp: () => boolean;
  readonly result: () => ScanResult;
}

/** How far a scan has come, and where its results go. */
interface Scan {
  readonly cells: number;
  readonly writer: RecordWriter;
  /** Of records whose cells can be read quickly. */
  readonly quickWriter: RecordWriter;
  readonly faults: FaultLog;
  /** Number of the line that comes next. */
  line: number;
  isHeader: boolean;
  sound: number;
}

function createScanner({ dialect, cells, forms = [], object, plain }: ScanInput): Scanner {
  const bytes = csvBytes(dialect);
  const faults = createFaultLog(object);
  const writer = createRecordWriter(bytes, 3 * CHUNK_BYTES);
  const quickWriter = plain ? createRecordWriter(bytes, 3 * CHUNK_BYTES) : writer;
  const scan: Scan = { cells, writer, quickWriter, faults, line: 1, isHeader: true, sound: 0 };
  const plainCells = plain && createPlainCells(dialect.nullValues);
  const ordinary = createOrdinaryReader(bytes, cells, forms, plainCells);
  let dropping = false;

  return {
    scan: (buffer, atEnd) => {
      let start = 0;
      if (dropping) {
        const lineFeed = buffer.indexOf(LF);
        if (lineFeed < 0) return buffer.length;
        start = lineFeed + 1;
        scan.line += 1;
        dropping = false;
      }
      const end = buffer.lastIndexOf(LF) + 1;
      const textIsSound = isSoundText(buffer.subarray(0, atEnd ? buffer.length : end));
      while (start < buffer.length && !faults.isGivenUp()) {
        if (textIsSound && !scan.isHeader) start = takeOrdinary(scan, ordinary, buffer, start, end);
        const record = start < buffer.length ? scanRecord(buffer, start, atEnd, bytes) : undefined;
        if (!record) break;
        takeRecord(scan, buffer, start, record, textIsSound);
        dropping = record.endless ?? false;
        start = record.next;
      }
      return start;
    },
    take: () => {
      const plainRecords = plain ? quickWriter.records() : 0;
      return {
        sound: writer.take(),
        plain: plain ? quickWriter.take() : Buffer.alloc(0),
        plainRecords,
        faults: faults.take(),
      };
    },
    isGivenUp: faults.isGivenUp,
    result: () => ({ sound: scan.sound, ...faults.result() }),
  };
}

/** Returns where the first record begins that is not ordinary. */
function takeOrdinary(
  scan: Scan,
  reader: OrdinaryReader,
  buffer: Buffer,
  start: number,
  end: number,
): number {
  const { next, records } = reader.take(buffer, start, end, scan.line, scan.writer, scan.quickWriter);
  scan.line += records;
  scan.sound += records;
  if (records > 0) scan.faults.endRow();
  return next;
}

function takeRecord(
  scan: Scan,
  buffer: Buffer,
  start: number,
  record: ScannedRecord,
  textIsSound: boolean,
): void {
  const firstLine = scan.line;
  if (record.multiline) scan.line += lineFeeds(buffer.subarray(start, record.next));
  else if (buffer[record.next - 1] === LF) scan.line += 1;
  const isBlank = record.end === start && !record.fault;
  if (scan.isHeader || isBlank) {
    scan.isHeader = false;
    return;
  }
  const message = faultOf(buffer.subarray(start, record.end), record, scan.cells, textIsSound);
  if (message === undefined) {
    scan.writer.append(firstLine, buffer, start, record.end);
    scan.sound += 1;
    scan.faults.endRow();
  } else scan.faults.add(firstLine, buffer.subarray(start, record.end), record, message);
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
