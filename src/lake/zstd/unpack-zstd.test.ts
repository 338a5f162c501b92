import { createZstdUnpacker, unpackZstd } from './unpack-zstd';

/** `zstd -19 --check` of {@link TEXT}: three blocks. */
const PACKED = Buffer.from(
  'KLUv/QRoRAEAokIHCuBtzIzI7g6IIUK8u8a7W7y7xLs7vLvCuxu8uxABAJr+b7kqA1QAAAABAP3/4/+5BgJFAAAAAQA9fjkAAoccjps=',
  'base64',
);
const TEXT = Array.from({ length: 60_000 }, (_unused, index) => `${index % 7},abc\n`).join('');
/** A frame of user data (RFC 8878, 3.1.2), and one of three raw bytes without a checksum. */
const SKIPPABLE = Buffer.from('5e2a4d1803000000aabbcc', 'hex');
const UNCHECKED = Buffer.from('28b52ffd2003190000787978', 'hex');

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
};
const unpack = (...parts: readonly Buffer[]): string => unpackZstd(Buffer.concat(parts), 1e6).toString();

describe('unpacking zstd', () => {
  it.each([1, 2, 7, 64, 1000])('gives back what was packed, in chunks of %i bytes', (size) => {
    const all = Buffer.concat([PACKED, SKIPPABLE, UNCHECKED, PACKED]);
    const blocks: Uint8Array[] = [];
    const unpacker = createZstdUnpacker((content) => blocks.push(content));
    for (let at = 0; at < all.length; at += size) unpacker.push(all.subarray(at, at + size));
    unpacker.end();
    expect(Buffer.concat(blocks).toString() === `${TEXT}xyx${TEXT}`).toBe(true);
    expect(Math.max(...blocks.map(({ length }) => length))).toBeLessThanOrEqual(128 * 1024);
  });

  it('finds a flipped bit in a checksum and in the content, and says in which frame', () => {
    const mismatch = (at: number): string =>
      `the content of the frame at byte ${at} does not match its checksum`;
    expect(() => unpack(flipped(PACKED, PACKED.length - 1))).toThrow(mismatch(0));
    expect(() => unpack(UNCHECKED, SKIPPABLE, flipped(PACKED, PACKED.length - 4))).toThrow(mismatch(23));
    // In the sequences of the first block.
    expect(() => unpack(PACKED, flipped(PACKED, 30))).toThrow(mismatch(PACKED.length));
  });

  it.each(Array.from({ length: PACKED.length - 1 }, (_unused, index) => index + 1))(
    'says that data of %i bytes ends too early',
    (length) => {
      expect(() => unpack(UNCHECKED, PACKED.subarray(0, length))).toThrow('ends too early');
    },
  );

  it('finds content of another length than announced, also without a checksum', () => {
    const announced = (bytes: string): Buffer => Buffer.from(`28b52ffd20${bytes}190000787978`, 'hex');
    expect(() => unpack(announced('05'))).toThrow('has 3 bytes of content, expected 5');
    expect(() => unpack(announced('02'))).toThrow('the frame at byte 0 cannot be unpacked');
  });

  it('refuses to take any amount of memory', () => {
    // A window of 256 MiB, and a single segment of 1 GiB.
    expect(() => unpack(Buffer.from('28b52ffd0090190000787978', 'hex'))).toThrow('pack it without --long');
    expect(() => unpack(Buffer.from('28b52ffda000000040190000787978', 'hex'))).toThrow('of memory');
    // 128 MiB, which `zstd --ultra -22` takes.
    expect(unpack(Buffer.from('28b52ffd0088190000787978', 'hex'))).toBe('xyx');
  });

  it('refuses what is no frame, what needs a dictionary, and more than is allowed', () => {
    expect(() => unpack(UNCHECKED, Buffer.from('id,name\n'))).toThrow('no frame begins at byte 12');
    expect(() => unpack(Buffer.from('28b52ffd210703190000787978', 'hex'))).toThrow('needs a dictionary');
    expect(() => unpackZstd(PACKED, 1000)).toThrow('more than 1000 bytes');
  });
});
