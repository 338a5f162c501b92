import { Decompress } from 'fzstd';
import { createXxh64 } from './xxh64';

export interface ZstdUnpacker {
  readonly push: (chunk: Uint8Array) => void;
  /** What came must be whole frames. */
  readonly end: () => void;
}

export class ZstdProblem extends Error {
  constructor(
    message: string,
    /** The data ends within a frame. */
    readonly truncated: boolean,
  ) {
    super(message);
    this.name = 'ZstdProblem';
  }
}

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK_BYTES = 128 * 1024;
/** As much as the zstd tool takes unasked. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;
const RLE_BLOCK = 1;
const CHECKSUM_BYTES = 4;
/** By the two bits of the frame's header. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;

type OnContent = (content: Uint8Array) => void;
/** Yields how many bytes it needs next, and is resumed with them. */
type Steps<T> = Generator<number, T, Uint8Array>;

/**
 * Unpacks zstd frames (RFC 8878) as they come, with a block and a window in memory at most, and checks each frame's
 * content against the checksum at its end: fzstd passes over it.
 *
 * @param onContent gets the content in order, block by block, before its checksum is known
 * @throws ZstdProblem from `push` and `end`
 */
export function createZstdUnpacker(onContent: OnContent): ZstdUnpacker {
  const place = { betweenFrames: true };
  const steps = readFrames(onContent, place);
  let wantedBytes = steps.next().value;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  return {
    push: (chunk) => {
      waiting.push(chunk);
      waitingBytes += chunk.length;
      if (waitingBytes < wantedBytes) return;
      let bytes = waiting.length === 1 ? chunk : Buffer.concat(waiting);
      while (bytes.length >= wantedBytes) {
        const taken = bytes.subarray(0, wantedBytes);
        bytes = bytes.subarray(wantedBytes);
        wantedBytes = steps.next(taken).value;
      }
      waiting = [bytes];
      waitingBytes = bytes.length;
    },
    end: () => {
      if (waitingBytes > 0 || !place.betweenFrames) throw new ZstdProblem('the data ends too early', true);
    },
  };
}

/**
 * Unpacks whole frames at once.
 *
 * @throws ZstdProblem, also for content of more than `maxBytes`
 */
export function unpackZstd(data: Uint8Array, maxBytes: number): Buffer {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const unpacker = createZstdUnpacker((content) => {
    bytes += content.length;
    if (bytes > maxBytes) throw damaged(`it unpacks to more than ${maxBytes} bytes`);
    parts.push(content);
  });
  unpacker.push(data);
  unpacker.end();
  return Buffer.concat(parts, bytes);
}

function* readFrames(onContent: OnContent, place: { betweenFrames: boolean }): Steps<never> {
  for (let frameAt = 0; ;) {
    place.betweenFrames = true;
    const magic = yield 4;
    place.betweenFrames = false;
    const number = uint32(magic);
    if (number === FRAME_MAGIC) frameAt += yield* readFrame(magic, frameAt, onContent);
    else if ((number & ~0xf) === SKIPPABLE_MAGIC) frameAt += yield* skipFrame();
    else throw damaged(`no frame begins at byte ${frameAt}`);
  }
}

/** Its length in bytes. */
function* readFrame(magic: Uint8Array, frameAt: number, onContent: OnContent): Steps<number> {
  const hash = createXxh64();
  let blocks: Uint8Array[] = [];
  const frame = new Decompress((content) => blocks.push(content));
  let bytes = 0;
  let unpackedBytes = 0;
  const feed = (part: Uint8Array, isLast = false): void => {
    bytes += part.length;
    pushTo(frame, part, isLast, frameAt);
    for (const content of blocks.filter(({ length }) => length > 0)) {
      unpackedBytes += content.length;
      hash.update(content);
      onContent(content);
    }
    blocks = [];
  };
  const { header, hasChecksum, contentBytes } = yield* readHeader(magic, frameAt);
  let before: readonly Uint8Array[] = [header];
  for (let isLast = false; !isLast; before = []) {
    const block = yield* readBlock(frameAt);
    // The header and the first block in one piece: fzstd reads on behind a header without looking where it ends.
    feed(Buffer.concat([...before, ...block.parts]));
    isLast = block.isLast;
  }
  const checksum = yield hasChecksum ? CHECKSUM_BYTES : 0;
  feed(checksum, true);
  if (contentBytes !== undefined && contentBytes !== unpackedBytes) {
    throw damaged(
      `the frame at byte ${frameAt} has ${unpackedBytes} bytes of content, expected ${contentBytes}`,
    );
  }
  if (hasChecksum && BigInt(uint32(checksum)) !== BigInt.asUintN(32, hash.digest())) {
    throw damaged(`the content of the frame at byte ${frameAt} does not match its checksum`);
  }
  return bytes;
}

interface FrameHeader {
  readonly header: Uint8Array;
  readonly hasChecksum: boolean;
  /** Of the content; undefined when the writer did not say. */
  readonly contentBytes: number | undefined;
}

function* readHeader(magic: Uint8Array, frameAt: number): Steps<FrameHeader> {
  const first = yield 1;
  const [descriptor = 0] = first;
  const isSingleSegment = (descriptor >> 5) & 1;
  const sizeFlag = descriptor >> 6;
  const dictionaryBytes = DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
  const sizeBytes = sizeFlag === 0 ? isSingleSegment : 1 << sizeFlag;
  const rest = yield 1 - isSingleSegment + dictionaryBytes + sizeBytes;
  const dictionary = rest.subarray(1 - isSingleSegment).subarray(0, dictionaryBytes);
  if (dictionary.some((byte) => byte !== 0)) throw damaged(`the frame at byte ${frameAt} needs a dictionary`);
  const contentBytes = contentSize(rest.subarray(rest.length - sizeBytes));
  const windowBytes = isSingleSegment === 1 ? (contentBytes ?? 0) : windowSize(rest[0] ?? 0);
  if (windowBytes > MAX_WINDOW_BYTES) {
    const limit = `more than ${MAX_WINDOW_BYTES} bytes of memory: pack it without --long and --ultra`;
    throw damaged(`the frame at byte ${frameAt} needs ${limit}`);
  }
  return { header: Buffer.concat([magic, first, rest]), hasChecksum: (descriptor & 4) !== 0, contentBytes };
}

/** Little-endian; two bytes count from 256 on. */
function contentSize(field: Uint8Array): number | undefined {
  if (field.length === 0) return undefined;
  const size = field.reduceRight((sum, byte) => sum * 256 + byte, 0);
  return field.length === 2 ? size + 256 : size;
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function* readBlock(
  frameAt: number,
): Steps<{ readonly parts: readonly Uint8Array[]; readonly isLast: boolean }> {
  const header = yield 3;
  const [low = 0, middle = 0, high = 0] = header;
  const fields = low | (middle << 8) | (high << 16);
  const sizeBytes = fields >> 3;
  if (sizeBytes > MAX_BLOCK_BYTES) throw damaged(`a block of the frame at byte ${frameAt} is too large`);
  const body = yield ((fields >> 1) & 3) === RLE_BLOCK ? 1 : sizeBytes;
  return { parts: [header, body], isLast: (fields & 1) === 1 };
}

/** Its length in bytes. It may be of gigabytes. */
function* skipFrame(): Steps<number> {
  const sizeBytes = uint32(yield 4);
  for (let left = sizeBytes; left > 0; left -= MAX_BLOCK_BYTES) yield Math.min(left, MAX_BLOCK_BYTES);
  return sizeBytes + 8;
}

/** Only fzstd runs in it: whatever it throws, RangeErrors too, is the data's fault. */
function pushTo(frame: Decompress, part: Uint8Array, isLast: boolean, frameAt: number): void {
  try {
    frame.push(part, isLast);
  } catch (error) {
    const { message } = error as { readonly message?: string };
    throw damaged(`the frame at byte ${frameAt} cannot be unpacked (${message ?? String(error)})`);
  }
}

function uint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
}

function damaged(problem: string): ZstdProblem {
  return new ZstdProblem(problem, false);
}
