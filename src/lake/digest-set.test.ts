import { createHash } from 'node:crypto';
import { createDigestSet } from './digest-set';

const digest = (index: number): string => createHash('sha256').update(String(index)).digest('hex');

test('holds what was added, in whatever order, and nothing else', () => {
  const set = createDigestSet();
  for (let index = 0; index < 5_000; index += 1) set.add(digest(index));
  for (let index = 0; index < 5_000; index += 1) expect(set.has(digest(index))).toBe(true);
  for (let index = 5_000; index < 10_000; index += 1) expect(set.has(digest(index))).toBe(false);
  set.add(digest(7_000));
  expect(set.has(digest(7_000))).toBe(true);
  expect(set.size()).toBe(5_001);
});

test('an empty set holds nothing', () => {
  expect(createDigestSet().has(digest(1))).toBe(false);
});
