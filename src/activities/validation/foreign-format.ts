const LF = 10;
const CR = 13;

const PACKED: readonly (readonly [string, readonly number[]])[] = [
  ['is gzip-compressed: unpack it first', [0x1f, 0x8b]],
  ['is zstd-compressed: unpack it first', [0x28, 0xb5, 0x2f, 0xfd]],
  ['is a zip archive (or a spreadsheet): unpack it first, or export it as text', [0x50, 0x4b, 0x03, 0x04]],
  ['is bzip2-compressed: unpack it first, or use gzip or zstd', [0x42, 0x5a, 0x68]],
  ['is xz-compressed: unpack it first, or use gzip or zstd', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['is Parquet: is source.format right?', [0x50, 0x41, 0x52, 0x31]],
  ['is Avro: is source.format right?', [0x4f, 0x62, 0x6a, 0x01]],
];

/** Says why the beginning of a file cannot be text, to be read after "the file"; undefined = it may be. */
export function foreignFormat(start: Uint8Array, wanted: 'CSV' | 'NDJSON'): string | undefined {
  const packed = PACKED.find(([, magic]) => magic.every((byte, index) => start[index] === byte));
  if (packed) return packed[0];
  const lineFeed = start.indexOf(LF);
  const firstLine = lineFeed < 0 ? start : start.subarray(0, lineFeed);
  if (firstLine.includes(0))
    return `contains NUL bytes (binary, or another encoding?), expected ${wanted} text`;
  const carriageReturn = firstLine.indexOf(CR);
  const isCrOnly = lineFeed < 0 && carriageReturn >= 0 && carriageReturn < start.length - 1;
  return isCrOnly
    ? 'ends its lines with a carriage return alone, expected a line feed, or both: convert it first'
    : undefined;
}
