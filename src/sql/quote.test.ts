import { expression, identifier, number, text } from './quote';

describe('quoting', () => {
  it('doubles quotes, so that no name and no text can end early', () => {
    expect(identifier('a"; DROP TABLE x; --')).toBe('"a""; DROP TABLE x; --"');
    expect(text(`it's; DROP TABLE x`)).toBe(`'it''s; DROP TABLE x'`);
  });

  it('refuses what SQL cannot hold', () => {
    expect(() => text('a\0b')).toThrow(RangeError);
    expect(() => number(Number.NaN)).toThrow(RangeError);
  });

  it('ends a comment inside of the parentheses', () => {
    expect(expression('a -- why')).toBe('(a -- why\n)');
    expect(expression('a')).toBe('(a)');
  });
});
