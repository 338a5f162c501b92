import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  async function scan(content: string | Uint8Array, cells = 2): Promise<Scanned> {
    const path = join(directory, 'in.csv');
    const [soundPath, faultsPath] = [`${path}.sound`, join(directory, 'faults.ndjson')];
    await writeFile(path, content);
    const faults = await open(faultsPath, 'w');
    const dialect = { delimiter: ',', quote: '"', nullValues: [] };
    const { signal } = new AbortController();
    const result = await scanCsv({ object: 3, path, dialect, cells, soundPath, faults, signal });
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
    const sound = records.flatMap((record, index) =>
      record === '"open,1' ? [] : [`${index + 2},${record}`],
    );
    expect(result.lines.join('\n')).toBe(sound.join('\n'));
  });

  it('drops an endless line and goes on after it', async () => {
    const { lines, found } = await scan(`a,b\n${'z'.repeat(5 * 1024 * 1024)}\n1,2\n`);
    expect(found.map(({ line }) => line)).toEqual([2]);
    expect(lines).toEqual(['3,1,2']);
  });

  it('grows its output for many tiny records', async () => {
    const { sound } = await scan(`a\n${'1\n'.repeat(700_000)}`, 1);
    expect(sound).toBe(700_000);
  });
});
