import type { ColumnPlan } from '../domain/plan';
import { sourceText, wrongSourceValue } from './source-text';

const column: ColumnPlan = { name: 'x', type: 'integer' };
const read = (value: unknown) => sourceText(column, value, ['', 'NA'], 3);

describe('sourceText', () => {
  it('writes values as a file would hold them', () => {
    expect(['UA', 7, 1.5, true].map(read)).toEqual(['UA', '7', '1.5', 'true']);
  });

  it('takes null, nothing and the texts of the pipeline’s files as missing', () => {
    expect([null, undefined, '', 'NA'].map(read)).toEqual([null, null, null, null]);
  });

  it.each([{ a: 1 }, [1], 'a\0b'])('refuses %j', (value) => {
    expect(() => read(value)).toThrow(
      /Wrong value for a source column \[column=x, instance=3\]: expected a whole number, got/,
    );
  });
});

describe('wrongSourceValue', () => {
  it('names the declared format and shows no more than a piece of a long value', () => {
    const { message } = wrongSourceValue(
      { name: 'day', type: 'date', format: '%d.%m.%Y' },
      'y'.repeat(500),
      0,
    );
    expect(message).toMatch(
      /expected an existing date such as 2013-01-31 or in the form %d\.%m\.%Y, got "yyy/,
    );
    expect(message.length).toBeLessThan(250);
  });
});
