import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../../test/support/seeded-random';
import type { CellForms } from './ordinary-records';
import { scanCsv, type ScanResult } from './scan-csv';

describe('scanCsv', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-scan-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  interface Scanned extends ScanResult {
    readonly lines: readonly string[];
    readonly found: readonly { readonly line: number; readonly raw: string; readonly message: string }[];
  }

  async function scan(content: string | Uint8Array, cells = 2, forms: CellForms = []): Promise<Scanned> {
    const path = join(directory, 'in.csv');
    const [soundPath, faultsPath] = [`${path}.sound`, join(directory, 'faults.ndjson')];
    await writeFile(path, content);
    const faults = await open(faultsPath, 'w');
    const dialect = { delimiter: ',', quote: '"', nullValues: [] };
    const { signal } = new AbortController();
    const result = await scanCsv({ object: 3, path, dialect, cells, forms, soundPath, faults, signal });
    await faults.close();
    const lines = (await readFile(soundPath, 'utf8')).split('\n').slice(0, -1);
    const found = (await readFile(faultsPath, 'utf8'))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Scanned['found'][number]);
    return { ...result, lines, found };
  }

  it('numbers records from the header on and leaves the header and blank lines out', async () => {
    expect(await scan('a,b\n1,2\n\n3,4\r\n')).toMatchObject({
      sound: 2,
      faulty: 0,
      lines: ['2,1,2', '4,3,4'],
    });
  });

  it('sets records with another number of cells aside, with their text', async () => {
    const { found } = await scan('a,b\n1\n1,2,3\n');
    expect(found).toEqual([
      { object: 3, line: 2, raw: '1', message: 'expected 2 cells, got 1' },
      { object: 3, line: 3, raw: '1,2,3', message: 'expected 2 cells, got 3' },
    ]);
  });

  it('loses no record of a file of many chunks, whatever lies on their borders', async () => {
    const records = Array.from({ length: 60_000 }, (_unused, index) => {
      if (index % 997 === 0) return '"open,1';
      if (index % 101 === 0) return `"line\r\nbreak ""${index}""",é${'x'.repeat(index % 700)}`;
      return `${index},é${'y'.repeat(index % 90)}`;
    });
    const result = await scan(['a,b', ...records].join('\n'));
    expect(result.sound + result.faulty).toBe(60_000);
    expect(result.found.map(({ raw }) => raw)).toEqual(records.filter((record) => record === '"open,1'));
    let line = 2;
    const sound = records.flatMap((record) => {
      const first = line;
      line += record.split('\n').length;
      return record === '"open,1' ? [] : [`${first},${record}`];
    });
    expect(result.lines.join('\n')).toBe(sound.join('\n'));
  });

  it('drops an endless line and goes on after it', async () => {
    const { lines, found } = await scan(`a,b\n${'z'.repeat(5 * 1024 * 1024)}\n1,2\n`);
    expect(found.map(({ line }) => line)).toEqual([2]);
    expect(lines).toEqual(['3,1,2']);
  });

  it('numbers records by physical lines: what text editors show', async () => {
    const text = 'a,"b\nb"\r\n1,"x\r\ny\nz"\r\n2,x\r\n\r\n3\n4,"p\nq"\n5,"no end\n6,x';
    const header = await scan(text);
    expect(header.lines.filter((line) => /^\d+,\d/.test(line))).toEqual([
      '3,1,"x\r',
      '6,2,x',
      '9,4,"p',
      '12,6,x',
    ]);
    expect(header.found.map(({ line, raw }) => [line, raw])).toEqual([
      [8, '3'],
      [11, '5,"no end'],
    ]);
  });

  it('makes one fault of a quoted cell of 5 MB, with its lines, and goes on behind it', async () => {
    const lines = 1_000_000;
    const { found, lines: sound } = await scan(`a,b\n1,2\n3,"${'text\n'.repeat(lines)}"\n5,6\n`);
    expect(found).toEqual([
      {
        object: 3,
        line: 3,
        raw: `3,"${'text\n'.repeat(lines)}`.slice(0, 64 * 1024),
        message: `longer than 1 MiB (lines 3 to ${lines + 3}); only its first 64 KiB are kept`,
      },
    ]);
    expect(sound).toEqual(['2,1,2', `${lines + 4},5,6`]);
  });

  it('gives a file up after 10,000 faults in a row, and says where they begin', async () => {
    const { rejection, faulty, sound } = await scan(`a,b\n1,2\n3,"${'text\n'.repeat(1_000_000)}`);
    expect({ faulty, sound }).toEqual({ faulty: 10_000, sound: 1 });
    expect(rejection).toBe(
      '10000 records in a row, from line 3 on, are no CSV of this form ' +
        '(line 3: a quote that is never closed); is a quote opened there and never closed?',
    );
  });

  it('does not give a file up for faults with sound records among them', async () => {
    const { rejection, faulty } = await scan(`a,b\n${'1\n'.repeat(9_999)}1,2\n${'1\n'.repeat(9_999)}`);
    expect({ rejection, faulty }).toEqual({ rejection: undefined, faulty: 19_998 });
  });

  it('marks records of which every cell can be read quickly', async () => {
    const rows = ['1,-5', '2,x', '+3,4 ', '4,', 'NA,1', '"5",6', '7,8\r', '9,1e5', '10,11'];
    const { lines } = await scan(['a,b', ...rows, ''].join('\n'), 2, ['integer', 'double']);
    // Carriage returns and quotes are left to the careful reading, and so is some record after them.
    expect(lines.slice(0, 5)).toEqual(['-2,1,-5', '3,2,x', '4,+3,4 ', '-5,4,', '6,NA,1']);
    expect(lines.slice(5).map((line) => line.replace(/^-/, ''))).toEqual([
      '7,"5",6',
      '8,7,8',
      '9,9,1e5',
      '10,10,11',
    ]);
    const times = await scan('a,b\n2024-01-01T00:00:00Z,é\n epoch,z\n', 2, ['time', undefined]);
    expect(times.lines).toEqual(['-2,2024-01-01T00:00:00Z,é', '3, epoch,z']);
  });

  it('hands over plain records where they are asked for, and nothing else', async () => {
    const path = join(directory, 'plain.csv');
    const rows = [
      '1,-5',
      'NA,',
      ',1e5',
      '+3,4',
      '12 ,4',
      '-,4',
      `${'9'.repeat(18)},x`,
      `1${'0'.repeat(18)},1`,
      '-0,NA',
    ];
    await writeFile(path, ['a,b', ...rows, '"7",8', ''].join('\n'));
    const faults = await open(join(directory, 'none.ndjson'), 'w');
    const dialect = { delimiter: ',', quote: '"', nullValues: ['', 'NA'] };
    const plain: string[] = [];
    let records = 0;
    const soundPath = `${path}.sound`;
    const { sound } = await scanCsv({
      ...{ object: 0, path, dialect, cells: 2, forms: ['integer', 'double'], soundPath, faults },
      plain: async (bytes, count) => {
        plain.push(bytes.toString());
        records += count;
        return Promise.resolve();
      },
      signal: new AbortController().signal,
    });
    await faults.close();
    expect(plain.join('')).toBe('-2,1,-5\n-3,NA,\n-4,,1e5\n-10,-0,NA\n');
    expect([sound, records]).toEqual([10, 4]);
    expect((await readFile(soundPath, 'utf8')).split('\n')).toHaveLength(7);
  });

  it('reads ordinary and other records alike, however they follow each other', async () => {
    const random = createRandom(7);
    const kinds = [
      '1,2',
      'a,b',
      '',
      '1',
      '1,2,3',
      '"q",1',
      '"two\nlines",2',
      'x"y,1',
      '3,4\r',
      'é,ü',
      '5,6',
      '7,8',
    ];
    for (let round = 0; round < 60; round += 1) {
      const rows = Array.from(
        { length: 1 + Math.floor(random() * 60) },
        () => kinds[Math.floor(random() * kinds.length)]!,
      );
      const text = `a,b\n${rows.join('\n')}\n`;
      // A NUL at the end makes every record one that is looked at by itself.
      const [quick, careful] = [await scan(text, 2, ['integer', 'double']), await scan(`${text}\0,\n`, 2)];
      expect(quick.lines.map((line) => line.replace(/^-/, ''))).toEqual(careful.lines);
      expect(quick.found).toEqual(careful.found.slice(0, -1));
    }
  });

  it('takes no header for a record that lies on a border of chunks', async () => {
    const header = `a,"${'h'.repeat(1024 * 1024 + 10)}"`;
    expect((await scan(`${header}\n1,2\n`, 2, ['integer', 'integer'])).lines).toEqual(['-2,1,2']);
  });

  it('grows its output for many tiny records', async () => {
    const { sound } = await scan(`a\n${'1\n'.repeat(700_000)}`, 1);
    expect(sound).toBe(700_000);
  });
});
