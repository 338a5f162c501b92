import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { unpackZstd } from '../../lake/zstd/unpack-zstd';
import { unpackSnappy } from './snappy';
import { UnreadableContent } from './unreadable-content';

/** A block may not unpack to more than this. */
const MAX_UNPACKED_BYTES = 512 * 1024 * 1024;
const CRC_BYTES = 4;
const unpackDeflate = promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(inflateRaw);

const UNPACK: Readonly<Record<string, (data: Buffer) => Buffer | Promise<Buffer>>> = {
  null: (data) => data,
  deflate: (data) => unpackDeflate(data, { maxOutputLength: MAX_UNPACKED_BYTES }),
  snappy: unpackChecked,
  zstandard: (data) => unpackZstd(data, MAX_UNPACKED_BYTES),
};

export const AVRO_CODECS: readonly string[] = Object.keys(UNPACK);

/** @throws UnreadableContent for damaged data */
export async function unpackBlock(codec: string, data: Buffer): Promise<Buffer> {
  try {
    return (await UNPACK[codec]?.(data)) ?? data;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new UnreadableContent(
      `the Avro data is damaged: a block cannot be unpacked (${codec}: ${problem})`,
    );
  }
}

/** Avro adds the checksum of the unpacked bytes, big-endian. */
function unpackChecked(data: Buffer): Buffer {
  const packed = data.subarray(0, -CRC_BYTES);
  const output = unpackSnappy(packed, MAX_UNPACKED_BYTES);
  if (crc32(output) !== data.readUInt32BE(packed.length)) throw new RangeError('checksum does not match');
  return output;
}
