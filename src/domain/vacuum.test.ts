import { oldestRetained, unneededFiles, unneededWork } from './vacuum';

const versions = [10, 20, 30].map((timeMs, version) => ({ version, timeMs }));

describe('oldestRetained', () => {
  it.each([
    [5, 0],
    [10, 0],
    [19, 0],
    [20, 1],
    [25, 1],
    [30, 2],
    [99, 2],
  ])('keeps at %i ms the version that stood then, and later ones: from %i on', (cutoffMs, version) => {
    expect(oldestRetained(versions, cutoffMs)).toBe(version);
  });

  it('takes the first young version for the border where clocks ran backwards', () => {
    const skewed = [10, 40, 20].map((timeMs, version) => ({ version, timeMs }));
    expect(oldestRetained(skewed, 25)).toBe(0);
  });
});

const file = (path: string, lastModified: string) => ({ path, bytes: 1, lastModified });

describe('unneededFiles', () => {
  it('are old and needed by nothing', () => {
    const listed = [
      file('needed', '2024-01-01T00:00:00Z'),
      file('old', '2024-01-01T00:00:00Z'),
      file('young', '2024-03-01T00:00:00Z'),
    ];
    expect(unneededFiles(listed, new Set(['needed']), Date.parse('2024-02-01'))).toEqual([listed[1]]);
  });
});

describe('unneededWork', () => {
  const OLD = '2024-01-01T00:00:00Z';
  const YOUNG = '2024-03-01T00:00:00Z';
  const cutoffMs = Date.parse('2024-02-01');
  const pathsOf = (files: ReturnType<typeof unneededWork>) => files.map(({ path }) => path);

  it('is a folder in which all is old', () => {
    const listed = [
      file('left/list.json', OLD),
      file('left/00000/x.json', OLD),
      file('going/list.json', OLD),
      file('going/00000.json', YOUNG),
    ];
    expect(pathsOf(unneededWork(listed, new Map(), cutoffMs))).toEqual([
      'left/list.json',
      'left/00000/x.json',
    ]);
  });

  it('is none that younger work goes on from, also by way of another', () => {
    const listed = ['first', 'second', 'left'].map((folder) => file(`${folder}/list.json`, OLD));
    const before = new Map([
      ['third', 'second'],
      ['second', 'first'],
      ['left', 'gone'],
    ]);
    const young = file('third/list.json', YOUNG);
    expect(pathsOf(unneededWork([...listed, young], before, cutoffMs))).toEqual(['left/list.json']);
  });
});
