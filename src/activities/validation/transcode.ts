import { Transform } from 'node:stream';
import type { TextEncoding } from '../../domain/plan';
import { UnreadableContent } from './unreadable-content';

type Marked = 'utf-8' | 'utf-16le' | 'utf-16be';

const MARKS: readonly (readonly [Marked, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];
const MARK_BYTES = 3;
/** No UTF-8 text has this byte, so the reader of records sets the line aside that holds it. */
const NO_TEXT = Buffer.from([0xff]);

/** The encoding that a byte order mark at the beginning of a text names. */
export function markedEncoding(start: Uint8Array): Marked | undefined {
  return MARKS.find(([, mark]) => mark.every((byte, index) => start[index] === byte))?.[0];
}

/**
 * The encoding of a text by its first bytes and by what the plan declares; a mark that contradicts is a reason to
 * ask. UTF-8 without a mark is the default.
 *
 * @throws UnreadableContent
 */
export function encodingOf(start: Uint8Array, declared?: TextEncoding): Exclude<TextEncoding, 'utf-16'> {
  const marked = markedEncoding(start);
  if (declared === undefined) return marked ?? 'utf-8';
  if (marked === undefined) {
    if (declared !== 'utf-16') return declared;
    throw new UnreadableContent(
      'the file has no byte order mark: declare source.csv.encoding as utf-16le or utf-16be',
    );
  }
  if (marked === declared || (declared === 'utf-16' && marked !== 'utf-8')) return marked;
  throw new UnreadableContent(
    `the file begins with the byte order mark of ${marked}, but source.csv.encoding says ${declared}`,
  );
}

/** Bytes of any encoding in, UTF-8 without a byte order mark out. Its end may be {@link UnreadableContent}. */
export function createTranscoder(declared?: TextEncoding): Transform {
  let start = Buffer.alloc(0);
  let decode: Decoder = (chunk, atEnd) => {
    start = Buffer.concat([start, chunk]);
    if (start.length < MARK_BYTES && !atEnd) return Buffer.alloc(0);
    const mark = MARKS.find(([encoding]) => encoding === markedEncoding(start));
    decode = createDecoder(encodingOf(start, declared));
    return decode(start.subarray(mark?.[1].length ?? 0), atEnd);
  };
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      attempt(() => decode(chunk, false), done);
    },
    flush: (done) => {
      attempt(() => decode(Buffer.alloc(0), true), done);
    },
  });
}

function attempt(work: () => Buffer, done: (error: Error | null, bytes?: Buffer) => void): void {
  try {
    done(null, work());
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

type Decoder = (chunk: Buffer, atEnd: boolean) => Buffer;

function createDecoder(encoding: Exclude<TextEncoding, 'utf-16'>): Decoder {
  switch (encoding) {
    case 'utf-8':
      return (chunk) => chunk;
    case 'latin-1':
      return (chunk) => Buffer.from(chunk.toString('latin1'));
    case 'windows-1252': {
      const decoder = new TextDecoder('windows-1252');
      return (chunk) => Buffer.from(decoder.decode(chunk, { stream: true }));
    }
    case 'utf-16le':
      return createUtf16Decoder((unit) => unit);
    case 'utf-16be':
      return createUtf16Decoder((unit) => Buffer.from(unit).swap16());
  }
}

/** A chunk may end in the middle of a unit or of a pair of units: the rest waits for the next one. */
function createUtf16Decoder(toLittleEndian: (units: Buffer) => Buffer): Decoder {
  let carried = Buffer.alloc(0);
  return (chunk, atEnd) => {
    const bytes = Buffer.concat([carried, chunk]);
    let wholeBytes = bytes.length - (bytes.length % 2);
    let units = toLittleEndian(bytes.subarray(0, wholeBytes));
    if (!atEnd && wholeBytes > 0 && isHighSurrogate(units.readUInt16LE(wholeBytes - 2))) {
      wholeBytes -= 2;
      units = units.subarray(0, wholeBytes);
    }
    carried = bytes.subarray(wholeBytes);
    if (atEnd && carried.length > 0) {
      throw new UnreadableContent(
        'the file ends in the middle of a UTF-16 character: was the upload cut off?',
      );
    }
    return encodeUtf8(units.toString('utf16le'));
  };
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

const HALF_A_PAIR = /\p{Surrogate}/u;

/** Half a pair of units is no character. It must not become U+FFFD unseen. */
function encodeUtf8(text: string): Buffer {
  if (!HALF_A_PAIR.test(text)) return Buffer.from(text);
  const parts = text.split(HALF_A_PAIR).flatMap((part) => [NO_TEXT, Buffer.from(part)]);
  return Buffer.concat(parts.slice(1));
}
