import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCheckedPipelineFile } from './pipeline-file';

const ENGINE = { engine: { memoryLimitMegabytes: 256, threads: 1 } };
const MINIMAL = path.join(process.cwd(), 'src', 'spec', 'fixtures', 'valid-minimal.yaml');

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'millrace-file-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('a file whose SQL the engine accepts is read', async () => {
  const { plan } = await readCheckedPipelineFile(MINIMAL, ENGINE);
  expect(plan.pipeline).toBe('shop');
});

test('all that the engine refuses is shown at its place, in one line each', async () => {
  const text = (await readFile(MINIMAL, 'utf8'))
    .replace('ordered_at: timestamp', "ordered_at: { type: timestamp, format: '%Y-%Q' }")
    .replace('  - between:', "  - matches: { column: country, pattern: '[a' }\n  - between:")
    .replace('sql: returned', 'sql: returned +')
    .replace('  - amount', '  - { name: low, sql: lowr(country), kind: categorical }')
    .replace('sum: amount', 'sum: country');
  const file = path.join(directory, 'bad.yaml');
  await writeFile(file, text);
  const error: unknown = await readCheckedPipelineFile(file, ENGINE).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ exitCode: 2 });
  const { problems } = (error as { document: { problems: readonly Problem[] } }).document;
  const lines = text.split('\n');
  expect(problems.map(({ path: place }) => place)).toEqual([
    'columns.ordered_at.format',
    'expectations[1].matches.pattern',
    'label.sql',
    'features[1].sql',
    'windows[0].sum',
  ]);
  for (const { line, column, got, message } of problems) {
    expect(
      lines[line - 1]
        ?.slice(column - 1)
        .replace(/^'/, '')
        .startsWith(got),
    ).toBe(true);
    expect(message).not.toContain('\n');
  }
});

test('queries and values of a contract are tried before anything runs', async () => {
  const text = (await readFile(MINIMAL, 'utf8')).replace(
    '  - between:',
    `  - sql: SELECT * FROM {object} WHERE amont > 1
  - sql: SELECT * FROM read_csv('/etc/passwd')
    name: files
  - sql: SELECT * FROM {object} WHERE amount > 1000
    name: fine
  - in_set: { column: order_id, values: ['1', one] }
  - between:`,
  );
  const file = path.join(directory, 'rules.yaml');
  await writeFile(file, text);
  const error: unknown = await readCheckedPipelineFile(file, ENGINE).catch((caught: unknown) => caught);
  const { problems } = (error as { document: { problems: readonly Problem[] } }).document;
  expect(problems.map(({ path: place, message }) => [place, message])).toEqual([
    ['expectations[1].sql', expect.stringContaining('amont')],
    ['expectations[2].sql', 'read_csv() cannot be used'],
    ['expectations[4].in_set.values[1]', expect.stringContaining('Could not convert')],
  ]);
});

test('the query of a window is tried, too', async () => {
  const text = (await readFile(MINIMAL, 'utf8')).replace(
    'sum: amount',
    'query: SELECT sum(amont) FROM history',
  );
  const file = path.join(directory, 'query.yaml');
  await writeFile(file, text);
  const error: unknown = await readCheckedPipelineFile(file, ENGINE).catch((caught: unknown) => caught);
  const { problems } = (error as { document: { problems: readonly Problem[] } }).document;
  const lines = text.split('\n');
  const line = lines.findIndex((found) => found.includes('amont')) + 1;
  const column = (lines[line - 1]?.indexOf('SELECT') ?? 0) + 1;
  expect(problems).toMatchObject([{ path: 'windows[0].query', line, column }]);
  expect(problems[0]?.message).toContain('amont');
});

interface Problem {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly got: string;
  readonly message: string;
}
