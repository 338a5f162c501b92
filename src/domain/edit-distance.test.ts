import { editDistance } from './edit-distance';

test.each([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['', 'abc', 3],
  ['abc', '', 3],
  ['kitten', 'sitting', 3],
  ['ab', 'ba', 1],
  ['cvs', 'csv', 1],
  ['ca', 'abc', 3],
  ['flaw', 'lawn', 2],
])('%s and %s are %d apart', (left, right, edits) => {
  expect(editDistance(left, right)).toBe(edits);
  expect(editDistance(right, left)).toBe(edits);
});
