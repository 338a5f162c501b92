import { createXxh64 } from './xxh64';

const hashOf = (bytes: Uint8Array, chunkBytes = bytes.length || 1): string => {
  const hash = createXxh64();
  for (let at = 0; at < bytes.length; at += chunkBytes) hash.update(bytes.subarray(at, at + chunkBytes));
  return hash.digest().toString(16).padStart(16, '0');
};

/** The buffer that xxHash's own sanity check hashes. */
function sanityBuffer(length: number): Uint8Array {
  let generator = 2654435761n;
  return Uint8Array.from({ length }, () => {
    const byte = Number(generator >> 56n);
    generator = BigInt.asUintN(64, generator * 11400714785074694797n);
    return byte;
  });
}

describe('createXxh64', () => {
  it.each([
    [0, 'ef46db3751d8e999'],
    [1, 'e934a84adb052768'],
    [4, '9136a0dca57457ee'],
    [14, '8282dcc4994e35c8'],
    [222, 'b641ae8cb691c174'],
  ])("agrees with xxHash's own sanity check over %i bytes, whatever the chunks", (length, expected) => {
    const bytes = sanityBuffer(length);
    expect([1, 3, 31, 32, 33, 100, 1000].map((size) => hashOf(bytes, size))).toEqual(
      new Array(7).fill(expected),
    );
  });

  it.each([
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
  ])('hashes %p as published', (text, expected) => {
    expect(hashOf(Buffer.from(text))).toBe(expected);
  });
});
