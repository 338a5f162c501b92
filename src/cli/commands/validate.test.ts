import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readPipelineFile } from '../pipeline-file';
import { verdictText } from '../verdict-text';
import { validateFiles } from '../../workers/validate-files';

const ENGINE = { memoryLimitMegabytes: 256, threads: 1 };
const MINIMAL = path.join(process.cwd(), 'src', 'spec', 'fixtures', 'valid-minimal.yaml');
const HEADER = 'order_id,customer,country,amount,ordered_at,returned';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'millrace-data-file-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, ...lines: readonly string[]): Promise<string> {
  const target = path.join(directory, name);
  await writeFile(target, `${[HEADER, ...lines].join('\n')}\n`);
  return target;
}

const row = (id: number, amount: string): string => `${id},me,DE,${amount},2024-01-01T00:00:00Z,true`;

test('local files are judged as the stage would judge them, and queries name the files themselves', async () => {
  const { plan } = await readPipelineFile(MINIMAL);
  const good = await file('good.csv', ...Array.from({ length: 30 }, (_unused, index) => row(index, '1')));
  const bad = await file('bad.csv', row(100, '-1'));
  const report = await validateFiles(ENGINE, plan, [good, bad]);
  expect(report).toMatchObject({ verdict: 'accepted', rows: 31, accepted: 30, objects: [good, bad] });
  const rule = report.expectations.find(({ name }) => name === 'between(amount)');
  expect(rule?.sample).toEqual([{ object: 1, line: 2, value: '-1' }]);
  expect(rule?.query).toContain(bad);
  const text = verdictText(report);
  expect(text).toMatch(/^accepted: 31 rows, 30 accepted, 1 set aside\n/);
  expect(text).toContain(`${bad}:2: -1`);
});

test('a refused batch says why, with the name of the file', async () => {
  const { plan } = await readPipelineFile(MINIMAL);
  const broken = path.join(directory, 'broken.csv');
  await writeFile(broken, 'a,b\n1,2\n');
  const report = await validateFiles(ENGINE, plan, [broken]);
  expect(report.verdict).toBe('rejected');
  expect(report.reasons.join()).toContain(broken);
});

test('rules that look beyond the file are not evaluated, and say so', async () => {
  const { plan } = await readPipelineFile(MINIMAL);
  const reference = {
    kind: 'references',
    name: 'known country',
    columns: ['country'],
    to: { uri: 's3://lake/reference/countries.csv', columns: ['code'] },
    onFail: 'quarantine',
  } as const;
  const report = await validateFiles(ENGINE, { ...plan, expectations: [reference] }, [
    await file('one.csv', row(1, '1')),
  ]);
  expect(report.expectations.at(-1)).toMatchObject({
    name: 'known country',
    success: null,
    notEvaluated: 'it looks beyond the file, and there is no lake here',
  });
  expect(verdictText(report)).toContain('there is no lake here');
});
