import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkHeader, compareHeader, type HeaderCheck } from './csv-header';

const columns = ['dep_time', 'carrier', 'flight'];

describe('compareHeader', () => {
  it('takes the columns in any order', () => {
    const header = ['flight', 'dep_time', 'carrier'];
    expect(compareHeader(header, columns)).toEqual({ ok: true, header });
  });

  it('says in one sentence what is missing, what is unexpected, and what was probably meant', () => {
    expect(compareHeader(['dep_tme', 'carrier', 'Flight', 'x y', '', 'carrier'], columns)).toEqual({
      ok: false,
      reasons: [
        'the header does not fit the columns: missing dep_time, flight; unexpected dep_tme (did you mean dep_time?), ' +
          'Flight (did you mean flight?), "x y", ""; there twice carrier',
      ],
    });
  });

  it('counts what is too long for a list', () => {
    const many = Array.from({ length: 25 }, (_name, index) => `extra${index}`);
    const check = compareHeader([...columns, ...many], columns);
    expect(check).toMatchObject({ reasons: [expect.stringMatching(/extra8, extra9 and 15 more$/)] });
  });
});

describe('checkHeader', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-header-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const check = async (content: string | Uint8Array, delimiter = ','): Promise<HeaderCheck> => {
    const path = join(directory, 'file.csv');
    await writeFile(path, content);
    return checkHeader(path, { delimiter, quote: '"', nullValues: [] }, columns);
  };

  it.each([
    [';', '";"'],
    ['\t', 'a tab'],
    ['|', '"|"'],
  ])('says that the header fits when it is split by %j', async (delimiter, shown) => {
    expect(await check(`${columns.join(delimiter)}\n`)).toMatchObject({
      reasons: [expect.stringContaining(`; split by ${shown} it fits: is source.csv.delimiter right?`)],
    });
  });

  it('finds the comma where the pipeline says another delimiter, and guesses nothing that does not fit', async () => {
    expect(await check('carrier,flight,dep_time\n', ';')).toMatchObject({
      reasons: [expect.stringContaining('split by "," it fits')],
    });
    expect(await check('carrier;flight\n')).toMatchObject({
      reasons: [expect.not.stringContaining('it fits')],
    });
  });

  it('names what the file is instead of CSV text', async () => {
    expect(await check(Buffer.from([0x1f, 0x8b, 8, 0]))).toEqual({
      ok: false,
      reasons: ['the file is gzip-compressed: unpack it first'],
    });
  });
});
