import { parseJson } from './parse-json';

test('what is JSON is read', () => {
  expect(parseJson(' {"a": [1, -2.5e3, "x\\n", null, true]} ')).toEqual({ a: [1, -2500, 'x\n', null, true] });
});

test.each([
  ['{"a": }', 'line 1, column 7: expected a value, got "}"'],
  ['[\n  {"a": 1}\n  {"a": 2}\n]', 'line 3, column 3: expected "," or "]", got'],
  ['{"a": 1', 'line 1, column 8: expected "," or "}", got the end of the text'],
  ["{'a': 1}", 'line 1, column 2: expected a name in double quotes'],
  ['{"a": NaN}', 'line 1, column 7: expected a value, got "NaN}"'],
  ['{"a": 01}', 'line 1, column 7: expected a value'],
  ['{} {}', 'line 1, column 4: expected nothing more, got "{}"'],
  ['[1, ]', 'line 1, column 5: expected a value, got "]"'],
  ['{"a" 1}', 'line 1, column 6: expected ":"'],
])('%j is refused with the place', (text, message) => {
  expect(() => parseJson(text)).toThrow(message);
});
