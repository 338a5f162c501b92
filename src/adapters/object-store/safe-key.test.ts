import type { PermanentFailure } from '../../ports/failures';
import { assertSafeKey, assertWritableKey } from './safe-key';

test.each(['a', 'raw/flights/2013 01+x%.csv', 'a/.hidden/..b/c..', 'ü/数', `a/${'x'.repeat(255)}`])(
  'the key %p is safe',
  (key) => {
    expect(() => {
      assertWritableKey({ bucket: 'lake', key });
    }).not.toThrow();
  },
);

test.each([
  ['', 'is empty'],
  ['/a', 'starts with "/"'],
  ['a//b', 'contains "//"'],
  ['a/./b', '"." or ".." segment'],
  ['..', '"." or ".." segment'],
  ['a\u0000b', 'control character'],
  ['a\u007fb', 'control character'],
  [`a/${'ü'.repeat(128)}`, 'segment of more than 255 bytes'],
  ['ab/'.repeat(342), 'more than 1024 bytes'],
  ['a\udc00', 'not valid Unicode'],
])('the key %j is refused and the message says why', (key, why) => {
  const refusal = refusalOf(() => {
    assertSafeKey({ bucket: 'lake', key });
  });
  expect(refusal.code).toBe('InvalidInput');
  expect(refusal.message).toContain(why);
});

test('a folder marker can be looked at, not written', () => {
  const marker = { bucket: 'lake', key: 'raw/' };
  expect(() => {
    assertSafeKey(marker);
  }).not.toThrow();
  expect(
    refusalOf(() => {
      assertWritableKey(marker);
    }).message,
  ).toContain('ends with "/"');
});

function refusalOf(call: () => void): PermanentFailure {
  try {
    call();
  } catch (error) {
    return error as PermanentFailure;
  }
  throw new Error('Nothing was refused');
}
