import { gzipSync } from 'node:zlib';
import { foreignFormat } from './foreign-format';

describe('foreignFormat', () => {
  it.each<readonly [string, Uint8Array, string]>([
    ['gzip', gzipSync('a,b\n1,2\n'), 'is gzip-compressed: unpack it first'],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2]), 'is zstd-compressed: unpack it first'],
    ['zip', Buffer.from('PK\u0003\u0004rest', 'latin1'), 'is a zip archive'],
    ['Parquet', Buffer.from('PAR1\0\0', 'latin1'), 'is Parquet'],
    [
      'UTF-16',
      Buffer.from('a,b\n1,2\n', 'utf16le'),
      'contains NUL bytes (binary, or another encoding?), expected CSV text',
    ],
    ['CR-only lines', Buffer.from('a,b\r1,2\r3,4'), 'ends its lines with a carriage return alone'],
  ])('recognises %s', (_what, bytes, expected) => {
    expect(foreignFormat(bytes, 'CSV')).toContain(expected);
  });

  it.each(['a,b\n1,2\n', 'a,b\r\n1,2\r\n', 'a,b', 'a,b\r', 'PK,PAR1\n', 'a,b\r\n1\0,2\n', 'a\rb,c\n1,2\n'])(
    'leaves %j to the reader',
    (text) => {
      expect(foreignFormat(Buffer.from(text), 'CSV')).toBeUndefined();
    },
  );
});
