import { keyDifferences } from './key-differences';

test('equal keys differ in nothing', () => {
  expect(keyDifferences({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
});

test('each value that differs, is missing or is new is named by its path', () => {
  const left = { code: 1, plan: { columns: [{ type: 'integer' }], label: 'late' }, gone: true };
  const right = { code: 2, plan: { columns: [{ type: 'double' }, { type: 'string' }], label: 'late' } };
  expect(keyDifferences(left, right)).toEqual([
    { path: 'code', left: 1, right: 2 },
    { path: 'gone', left: true },
    { path: 'plan.columns.0.type', left: 'integer', right: 'double' },
    { path: 'plan.columns.1', right: { type: 'string' } },
  ]);
});

test('a value in place of an object is one difference', () => {
  expect(keyDifferences({ champion: null }, { champion: { version: 3 } })).toEqual([
    { path: 'champion', left: null, right: { version: 3 } },
  ]);
});
