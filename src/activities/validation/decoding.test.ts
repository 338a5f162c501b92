import { Readable, type Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createTranscoder } from './transcode';
import { createUnescaper } from './unescape';
import { UnreadableContent } from './unreadable-content';

/** Through a transform in chunks of `size`: borders fall at every place there is. */
const through = (transform: Transform, bytes: Buffer, size: number): Promise<Buffer> => {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_unused, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return buffer(Readable.from(chunks).pipe(transform));
};

const TEXT = 'id,näme\n1,Zoë 😀\n2,€\n';
const LITTLE = Buffer.from(`\uFEFF${TEXT}`, 'utf16le');
const BIG = Buffer.from(LITTLE).swap16();

describe.each([1, 2, 3, 5, 1000])('in chunks of %i bytes', (size) => {
  it('UTF-16 of both kinds, with a mark and declared, becomes UTF-8', async () => {
    expect((await through(createTranscoder(), LITTLE, size)).toString()).toBe(TEXT);
    expect((await through(createTranscoder(), BIG, size)).toString()).toBe(TEXT);
    expect((await through(createTranscoder('utf-16le'), LITTLE.subarray(2), size)).toString()).toBe(TEXT);
    expect((await through(createTranscoder('utf-16be'), BIG.subarray(2), size)).toString()).toBe(TEXT);
  });

  it('the mark of UTF-8 is taken off, one-byte encodings are decoded', async () => {
    expect((await through(createTranscoder(), Buffer.from(`\uFEFF${TEXT}`), size)).toString()).toBe(TEXT);
    const latin = Buffer.from('ë\u0080', 'latin1');
    expect((await through(createTranscoder('latin-1'), latin, size)).toString()).toBe('ë\u0080');
    expect((await through(createTranscoder('windows-1252'), latin, size)).toString()).toBe('ë€');
  });

  it('half a pair of UTF-16 units becomes a byte that no text has, wherever it stands', async () => {
    const broken = Buffer.from('a\ud83db\ude00c\ud83d', 'utf16le');
    const decoded = await through(createTranscoder('utf-16le'), broken, size);
    expect(decoded).toEqual(Buffer.from('a\xffb\xffc\xff', 'latin1'));
  });

  it('escaped quotes are doubled, escaped escapes single, other escapes stay', async () => {
    const [escape, quote] = [0x5c, 0x22];
    const unescaped = await through(createUnescaper(escape, quote), Buffer.from('"a\\"b\\\\"\\n\\'), size);
    expect(unescaped.toString()).toBe('"a""b\\"\\n\\');
  });
});

it('half a unit at the end, and a mark that contradicts, are reasons', async () => {
  const decode = (bytes: Buffer, ...declared: Parameters<typeof createTranscoder>): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const transform = createTranscoder(...declared);
      transform.on('error', reject);
      buffer(Readable.from([bytes]).pipe(transform)).then(resolve, reject);
    });
  await expect(decode(LITTLE.subarray(0, -1))).rejects.toThrow(UnreadableContent);
  await expect(decode(LITTLE, 'utf-8')).rejects.toThrow('the byte order mark of utf-16le');
  await expect(decode(Buffer.from('ab'), 'utf-16')).rejects.toThrow('no byte order mark');
});
