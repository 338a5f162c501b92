import { isUtf8 } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import type { CsvDialect } from '../../domain/plan';
import { csvBytes } from './csv-bytes';
import { scanRecord, type CsvBytes, type QuotingFault, type ScannedRecord } from './csv-record';

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
}

const CHUNK_BYTES = 1024 * 1024;
const LF = 10;

const FAULTS: Readonly<Record<QuotingFault, string>> = {
  stray_quote: 'a quote inside an unquoted cell',
  after_quote: 'text after a closing quote',
  open_quote: 'a quote that is never closed',
  too_long: 'longer than 1 MiB, or a quote that is never closed',
  carriage_return: 'a carriage return without a line feed',
};

/**
 * Splits a CSV file into records by the strict rules of RFC 4180 and sets those aside that break them. The header
 * line is number 1 and is left out; blank lines count but are neither sound nor faulty.
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
  for (let atEnd = false; !atEnd;) {
    input.signal.throwIfAborted();
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await source.read(chunk, 0, CHUNK_BYTES);
    atEnd = bytesRead === 0;
    const buffer = Buffer.concat([carried, chunk.subarray(0, bytesRead)]);
    const consumed = scanner.scan(buffer, atEnd);
    carried = buffer.subarray(consumed);
    const output = scanner.take();
    if (output.sound.length > 0) await sound.write(output.sound);
    if (output.faults.length > 0) await input.faults.write(output.faults);
  }
  return scanner.result();
}

interface Scanner {
  /** Returns how many bytes were consumed. */
  readonly scan: (buffer: Buffer, atEnd: boolean) => number;
  readonly take: () => { readonly sound: Buffer; readonly faults: string };
  readonly result: () => ScanResult;
}

function createScanner(input: ScanInput): Scanner {
  const bytes = csvBytes(input.dialect);
  let line = 0;
  let counts = { sound: 0, faulty: 0 };
  let faults: string[] = [];
  let writer = createRecordWriter(bytes, CHUNK_BYTES);
  let dropping = false;

  const take = (buffer: Buffer, start: number, record: ScannedRecord, textIsSound: boolean): void => {
    line += 1;
    if (line === 1 || (record.end === start && !record.fault)) return;
    const message = faultOf(buffer.subarray(start, record.end), record, input.cells, textIsSound);
    if (message === undefined) {
      writer.append(line, buffer, start, record.end);
      counts = { ...counts, sound: counts.sound + 1 };
    } else {
      // The JSON reader refuses NUL; bytes that are not UTF-8 are replaced in the same way.
      const raw = buffer.toString('utf8', start, record.end).replaceAll('\0', '\uFFFD');
      faults.push(`${JSON.stringify({ object: input.object, line, raw, message })}\n`);
      counts = { ...counts, faulty: counts.faulty + 1 };
    }
  };

  return {
    scan: (buffer, atEnd) => {
      writer = createRecordWriter(bytes, buffer.length * 2 + CHUNK_BYTES);
      let start = 0;
      if (dropping) {
        const lineFeed = buffer.indexOf(LF);
        if (lineFeed < 0) return buffer.length;
        start = lineFeed + 1;
        dropping = false;
      }
      const textIsSound = isSoundText(buffer.subarray(0, atEnd ? buffer.length : buffer.lastIndexOf(LF) + 1));
      while (start < buffer.length) {
        const record = scanRecord(buffer, start, atEnd, bytes);
        if (!record) break;
        take(buffer, start, record, textIsSound);
        dropping = record.endless ?? false;
        start = record.next;
      }
      return start;
    },
    take: () => {
      const output = { sound: writer.written(), faults: faults.join('') };
      faults = [];
      return output;
    },
    result: () => counts,
  };
}

function faultOf(
  content: Uint8Array,
  record: ScannedRecord,
  cells: number,
  textIsSound: boolean,
): string | undefined {
  if (record.fault) return FAULTS[record.fault];
  if (record.cells !== cells) return `expected ${cells} cells, got ${record.cells}`;
  return textIsSound || isSoundText(content) ? undefined : 'not UTF-8 text';
}

function isSoundText(content: Uint8Array): boolean {
  return isUtf8(content) && !content.includes(0);
}

interface RecordWriter {
  readonly append: (line: number, from: Buffer, start: number, end: number) => void;
  readonly written: () => Buffer;
}

/** Line numbers need at most 17 bytes for a record of one: a longer output than twice the input grows the buffer. */
function createRecordWriter({ delimiter }: CsvBytes, initialBytes: number): RecordWriter {
  let output = Buffer.allocUnsafe(initialBytes);
  let length = 0;
  const separator = String.fromCharCode(delimiter);
  return {
    append: (line, from, start, end) => {
      if (output.length - length < end - start + 32) {
        output = Buffer.concat([output.subarray(0, length)], output.length * 2);
      }
      length += output.write(`${line}${separator}`, length, 'latin1');
      length += from.copy(output, length, start, end);
      output[length] = LF;
      length += 1;
    },
    written: () => output.subarray(0, length),
  };
}
