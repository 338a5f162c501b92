import type { SourceObject } from './artifact';
import { chooseBatch } from './batch';

const version = (key: string, versionId: string, second: number, bytes = 10): SourceObject => ({
  bucket: 'lake',
  key,
  versionId,
  etag: versionId,
  bytes,
  lastModified: `2024-01-01T00:00:0${second}.000Z`,
});
const candidates = (...objects: readonly SourceObject[]): { index: number; object: SourceObject }[] =>
  objects.map((object, index) => ({ index, object }));

test('the same version under two hints goes in once', () => {
  const { objects, later } = chooseBatch(candidates(version('a', '1', 1), version('a', '1', 1)), 100);
  expect(objects).toEqual([version('a', '1', 1)]);
  expect(later).toEqual([]);
});

test('of two versions of one key the older goes first, the newer has its turn in a later batch', () => {
  const { objects, later } = chooseBatch(
    candidates(version('a', '2', 2), version('b', '1', 1), version('a', '1', 1)),
    100,
  );
  expect(objects.map(({ key, versionId }) => `${key}@${versionId ?? ''}`)).toEqual(['b@1', 'a@1']);
  expect(later).toEqual([0]);
});

test('a full batch leaves the rest for later, but one object always fits', () => {
  const { objects, later } = chooseBatch(
    candidates(version('a', '1', 1, 500), version('b', '1', 1), version('c', '1', 1)),
    100,
  );
  expect(objects.map(({ key }) => key)).toEqual(['a']);
  expect(later).toEqual([1, 2]);
});
