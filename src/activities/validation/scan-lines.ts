import { isUtf8 } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import { LINE_SEPARATOR } from '../../sql/load-json';
import { MAX_RECORD_BYTES } from './csv-record';
import { faultDocument, MAX_RAW_BYTES } from './fault-document';
import { createRecordWriter } from './record-writer';

export interface LineScan {
  readonly object: number;
  /** Plain UTF-8 text. */
  readonly path: string;
  /** Receives the sound lines, each with its number and a separator before it. */
  readonly soundPath: string;
  /** Open for appending: one JSON document per line that cannot be read. */
  readonly faults: FileHandle;
  readonly signal: AbortSignal;
}

const CHUNK_BYTES = 1024 * 1024;
const LF = 10;
const CR = 13;
const SEPARATOR = LINE_SEPARATOR.charCodeAt(0);
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/**
 * Numbers the lines of a text file and sets those aside that no reader of lines could take: too long, no UTF-8, or
 * with control characters that neither JSON nor the engine's reader allows. Blank lines count, and are left out.
 */
export async function scanLines(scan: LineScan): Promise<void> {
  const source = await open(scan.path, 'r');
  const sound = await open(scan.soundPath, 'w');
  try {
    const scanner = createScanner(scan.object);
    for (let atEnd = false; !atEnd;) {
      scan.signal.throwIfAborted();
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await source.read(chunk, 0, CHUNK_BYTES);
      atEnd = bytesRead === 0;
      const output = scanner.scan(chunk.subarray(0, bytesRead), atEnd);
      if (output.sound.length > 0) await sound.write(output.sound);
      if (output.faults.length > 0) await scan.faults.write(output.faults);
    }
  } finally {
    await source.close();
    await sound.close();
  }
}

interface LineScanner {
  readonly scan: (chunk: Buffer, atEnd: boolean) => { readonly sound: Buffer; readonly faults: string };
}

function createScanner(object: number): LineScanner {
  const writer = createRecordWriter({ delimiter: SEPARATOR, quote: 0 }, 2 * CHUNK_BYTES);
  let carried = Buffer.alloc(0);
  let line = 0;
  let isDropping = false;

  return {
    scan: (chunk, atEnd) => {
      const buffer = Buffer.concat([carried, chunk]);
      const faults: string[] = [];
      const take = (start: number, end: number, isSound: boolean): void => {
        line += 1;
        if (isDropping) isDropping = false;
        else takeLine(start, end, isSound);
      };
      const takeLine = (start: number, end: number, isSound: boolean): void => {
        const content = trimmed(buffer, start, end, line);
        const message = faultOf(content, isSound);
        if (message !== undefined) faults.push(faultDocument(object, line, content, message));
        else if (content.length > 0) writer.append(line, content, 0, content.length);
      };
      const lastBreak = buffer.lastIndexOf(LF);
      const isSound = isSoundText(buffer.subarray(0, atEnd ? buffer.length : lastBreak + 1));
      let start = 0;
      for (let end = buffer.indexOf(LF); end >= 0; end = buffer.indexOf(LF, start)) {
        take(start, end, isSound);
        start = end + 1;
      }
      if (atEnd && start < buffer.length) take(start, buffer.length, isSound);
      carried = isDropping || atEnd ? Buffer.alloc(0) : buffer.subarray(start);
      if (carried.length > MAX_RECORD_BYTES) {
        faults.push(faultDocument(object, line + 1, carried, TOO_LONG));
        carried = Buffer.alloc(0);
        isDropping = true;
      }
      return { sound: writer.take(), faults: faults.join('') };
    },
  };
}

/** Without a carriage return before the line feed, and without a byte order mark. Blanks alone are an empty line. */
function trimmed(buffer: Buffer, start: number, end: number, line: number): Buffer {
  let content = buffer.subarray(start, end > start && buffer[end - 1] === CR ? end - 1 : end);
  if (line === 1 && content.indexOf(BYTE_ORDER_MARK) === 0)
    content = content.subarray(BYTE_ORDER_MARK.length);
  return content.every((byte) => byte === 0x20 || byte === 0x09) ? content.subarray(0, 0) : content;
}

const TOO_LONG = `longer than 1 MiB; only its first ${MAX_RAW_BYTES / 1024} KiB are kept`;

function faultOf(content: Buffer, isSound: boolean): string | undefined {
  if (content.length > MAX_RECORD_BYTES) return TOO_LONG;
  if (isSound || isSoundText(content)) return undefined;
  return isUtf8(content) ? 'a control character that JSON does not allow' : 'not UTF-8 text';
}

function isSoundText(content: Buffer): boolean {
  return isUtf8(content) && !content.includes(0) && !content.includes(SEPARATOR);
}
