import { nameClash } from './upload';

test('two files that would become one object are both named', () => {
  expect(nameClash(['a/x.csv', 'b/y.csv', 'b/x.csv'])).toMatch(/a\/x\.csv and b\/x\.csv/);
});

test('files with names of their own are fine', () => {
  expect(nameClash(['a/x.csv', 'a/y.csv'])).toBeUndefined();
});
