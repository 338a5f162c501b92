import type { SourceCompression } from '../../domain/plan';
import { UnreadableContent } from './unreadable-content';

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** Frames that a reader skips; some writers begin with one. */
const ZSTD_SKIPPABLE = [0x2a, 0x4d, 0x18];

const SUFFIXES: readonly (readonly [RegExp, SourceCompression])[] = [
  [/\.(gz|gzip)$/i, 'gzip'],
  [/\.(zst|zstd)$/i, 'zstd'],
];

/**
 * How a file is packed: as the plan says, else as its first bytes say. A name or a plan that promises what the bytes
 * are not is a reason to ask, not to guess.
 *
 * @throws UnreadableContent
 */
export function compressionOf(
  key: string,
  start: Uint8Array,
  declared?: SourceCompression,
): SourceCompression {
  const found = compressionOfBytes(start);
  const promised = declared ?? SUFFIXES.find(([suffix]) => suffix.test(key))?.[1];
  if (promised === undefined || promised === found || start.length === 0) return found;
  const because = declared === undefined ? 'its name says' : 'source.compression says';
  throw new UnreadableContent(`the file is ${shown(found)}, but ${because} ${promised}`);
}

function compressionOfBytes(start: Uint8Array): SourceCompression {
  const begins = (magic: readonly number[], from = 0): boolean =>
    magic.every((byte, index) => start[from + index] === byte);
  if (begins(GZIP)) return 'gzip';
  const skippable = ((start[0] ?? 0) & 0xf0) === 0x50 && begins(ZSTD_SKIPPABLE, 1);
  return begins(ZSTD) || skippable ? 'zstd' : 'none';
}

function shown(compression: SourceCompression): string {
  return compression === 'none' ? 'not compressed' : `compressed with ${compression}`;
}
