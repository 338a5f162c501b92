import { formatProblems } from './format-problems';

test('problems are shown the way a compiler shows them', () => {
  const text = 'version: 1\nkey: [ordr_id, "a b"]\n';
  const shown = formatProblems(
    [
      {
        file: 'p.yaml',
        line: 2,
        column: 7,
        path: 'key[0]',
        message: 'unknown column "ordr_id"',
        expected: 'a column',
        got: '"ordr_id"',
        suggestion: 'order_id',
      },
      { file: 'p.yaml', line: 2, column: 16, path: 'key[1]', message: 'bad name' },
    ],
    () => text,
  );
  expect(shown).toBe(
    `p.yaml:2:7: unknown column "ordr_id"
   |
 2 | key: [ordr_id, "a b"]
   |       ^^^^^^^
   = expected a column
   = got "ordr_id"
   = did you mean order_id ?

p.yaml:2:16: bad name
   |
 2 | key: [ordr_id, "a b"]
   |                ^^^^^
2 problems found`.replace('^^^^^\n2', '^^^^^\n\n2'),
  );
});

test('the caret stands under its character after tabs, and one problem is not "problems"', () => {
  const problem = { file: 'p.yaml', line: 1, column: 3, path: '', message: 'tab' };
  expect(formatProblems([problem], () => '\t\tx: 1')).toContain('   | \t\t^\n\n1 problem found');
});

test('a place past the end of the text is shown without its line', () => {
  const problem = { file: 'p.yaml', line: 9, column: 1, path: '', message: 'ends early' };
  expect(formatProblems([problem], () => 'x')).toContain('p.yaml:9:1: ends early');
});
