import { compareHeader } from './csv-header';

describe('compareHeader', () => {
  const columns = ['dep_time', 'carrier', 'flight'];

  it('takes the columns in any order', () => {
    const header = ['flight', 'dep_time', 'carrier'];
    expect(compareHeader(header, columns)).toEqual({ ok: true, header });
  });

  it('says what is missing, what is unexpected, and what was probably meant', () => {
    expect(compareHeader(['dep_tme', 'carrier', 'Flight', 'x y', ''], columns)).toEqual({
      ok: false,
      reasons: [
        'column dep_time is missing',
        'column flight is missing',
        'column dep_tme is unexpected: did you mean dep_time?',
        'column Flight is unexpected: did you mean flight?',
        'column "x y" is unexpected',
        'column "" is unexpected',
      ],
    });
  });

  it('refuses a column that is there twice', () => {
    expect(compareHeader([...columns, 'flight'], columns)).toEqual({
      ok: false,
      reasons: ['column flight is there twice'],
    });
  });
});
