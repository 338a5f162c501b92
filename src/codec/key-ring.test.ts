import { createKeyRing, parseKeyEntries } from './key-ring';

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');

test('entries are separated by commas or lines, and comments are left out', () => {
  const entries = parseKeyEntries(`# the newest first\nk2:${key(2)}, k1:${key(1)}\n`);
  expect(entries.map(({ id }) => id)).toEqual(['k2', 'k1']);
  expect(createKeyRing(entries)).toMatchObject({ activeId: 'k2' });
});

test.each([
  ['no key at all', '', 'has no key'],
  ['a key of another length', 'k1:c2hvcnQ=', 'not 256 bits [id=k1, bytes=5]'],
  ['the same id twice', `k1:${key(1)},k1:${key(2)}`, 'given twice [id=k1]'],
  ['an entry without an id', key(1), 'key 1 has no id'],
])('%s is refused, and the message holds no key', (_, text, expected) => {
  const attempt = (): unknown => createKeyRing(parseKeyEntries(text));
  expect(attempt).toThrow(expected);
  expect(attempt).not.toThrow(key(1));
});
