import { unpackSnappy } from './snappy';

const unpack = (...bytes: readonly (number | string)[]): string =>
  unpackSnappy(
    Buffer.concat(bytes.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part])))),
    1000,
  ).toString();

describe('unpackSnappy', () => {
  it('reads literals and all three kinds of copies, also ones that overlap themselves', () => {
    expect(unpack(3, 2 << 2, 'abc')).toBe('abc');
    // One byte of distance: 4 to 11 bytes; here 8 from 2 back.
    expect(unpack(10, 1 << 2, 'ab', (4 << 2) | 1, 2)).toBe('ababababab');
    expect(unpack(5, 1 << 2, 'ab', (2 << 2) | 2, 2, 0)).toBe('ababa');
    expect(unpack(5, 1 << 2, 'ab', (2 << 2) | 3, 1, 0, 0, 0)).toBe('abbbb');
    // A literal of more than 60 bytes has its length in a byte of its own.
    expect(unpack(70, 60 << 2, 69, 'x'.repeat(70))).toBe('x'.repeat(70));
    // A distance of more than 255 has its upper bits in the tag.
    const long = 'abcd'.padEnd(300, '.');
    expect(unpack(0xb0, 2, 61 << 2, 0x2b, 1, long, (1 << 5) | 1, 44)).toBe(`${long}abcd`);
  });

  it.each([
    ['a literal that ends too early', [5, 4 << 2, 'abc']],
    ['a copy from before the beginning', [6, 1 << 2, 'ab', 1, 3]],
    ['a copy of nothing', [6, 1 << 2, 'ab', 1, 0]],
    ['more than was announced', [2, 2 << 2, 'abc']],
    ['less than was announced', [9, 2 << 2, 'abc']],
    ['a length beyond the limit', [0xff, 0xff, 3]],
    ['no length', []],
  ])('refuses %s', (_what, bytes) => {
    expect(() => unpack(...bytes)).toThrow(RangeError);
  });
});
