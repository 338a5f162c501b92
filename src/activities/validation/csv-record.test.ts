import { MAX_LOOKAHEAD_BYTES, MAX_RECORD_BYTES, scanRecord, type ScannedRecord } from './csv-record';

const COMMA_QUOTE = { delimiter: 0x2c, quote: 0x22 };
const scan = (text: string, atEnd = true): ScannedRecord | undefined =>
  scanRecord(Buffer.from(text), 0, atEnd, COMMA_QUOTE);

describe('scanRecord', () => {
  it.each([
    ['a,b\nc', { end: 3, next: 4, cells: 2 }],
    ['a,b\r\nc', { end: 3, next: 5, cells: 2 }],
    ['a,b', { end: 3, next: 3, cells: 2 }],
    ['\nc', { end: 0, next: 1, cells: 1 }],
    [',,\n', { end: 2, next: 3, cells: 3 }],
    ['"a,b","c ""x"" d"\n', { end: 17, next: 18, cells: 2 }],
    ['"a\nb",c\n', { end: 7, next: 8, cells: 2, multiline: true }],
    ['"",""\n', { end: 5, next: 6, cells: 2 }],
  ])('reads %j', (text, expected) => {
    expect(scan(text)).toEqual(expected);
  });

  it.each([
    ['a"b,c\nd', 'stray_quote', 6],
    ['"a"b,c\nd', 'after_quote', 7],
    ['"a,b\nc,d', 'open_quote', 5],
    ['a\rb\nc', 'carriage_return', 4],
  ])('gives up the first line of %j as %s', (text, fault, next) => {
    expect(scan(text)).toMatchObject({ fault, next });
  });

  it('gives up one line only when an open quote runs into the next quoted cell', () => {
    expect(scan('1,"2,3\n4,5,6\n7,"x",9\n')).toMatchObject({ fault: 'after_quote', end: 6, next: 7 });
  });

  it.each(['a,b', '"a,b', '"a"', '"a""', 'a,b\r', '"a\n'])(
    'asks for more of %j unless the file ends',
    (text) => {
      expect(scan(text, false)).toBeUndefined();
    },
  );

  it('gives up a record as a whole that is well quoted but too long', () => {
    const text = `1,"${'a\n'.repeat(MAX_RECORD_BYTES)}"\n2,b\n`;
    const end = text.length - '\n2,b\n'.length;
    expect(scan(text, false)).toEqual({ end, next: end + 1, cells: 2, multiline: true, fault: 'too_long' });
  });

  it('gives up the first line only when no closing quote is in sight', () => {
    const text = `"a\n${'b\n'.repeat(MAX_LOOKAHEAD_BYTES / 2)}`;
    expect(scan(text, false)).toMatchObject({ fault: 'too_long', end: 2, next: 3 });
  });

  it('drops an endless line', () => {
    const text = 'a'.repeat(2 * MAX_RECORD_BYTES + 1);
    expect(scan(text, false)).toMatchObject({ fault: 'too_long', endless: true });
  });
});
