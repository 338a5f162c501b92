import { textTable } from './text-table';

test('aligns text to the left and numbers to the right', () => {
  expect(
    textTable(
      ['name', 'rows'],
      [
        ['a', 5],
        ['long', 12345],
        [undefined, 0.25],
      ],
    ),
  ).toBe(['name    rows', 'a          5', 'long   12345', '      0.2500'].join('\n'));
});
