import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PipelinePlan } from '../../src/domain/plan';
import { parsePipelineFile } from '../../src/spec/parse-pipeline-file';
import { openLake, type Lake } from './data-fixture';

/** Every file of the folder is a test: what the validate stage makes of it lies beside it. See its README.md. */
const FOLDER = join(__dirname, '../fixtures/dirty');
const EXPECTED = '.expected.json';
const folders = readdirSync(FOLDER, { withFileTypes: true })
  .filter((item) => item.isDirectory())
  .map(({ name }) => name);
const files = folders.flatMap((folder) =>
  readdirSync(join(FOLDER, folder))
    .filter((name) => name !== 'pipeline.yaml' && !name.endsWith(EXPECTED))
    .map((name) => join(folder, name)),
);

describe('the files of test/fixtures/dirty through the validate stage', () => {
  let lake: Lake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  it('there are at least 60 of them', () => {
    expect(files.length).toBeGreaterThanOrEqual(60);
  });

  it.each(files)('%s', async (file) => {
    // As JSON: it does not tell -0 from 0.
    const found: unknown = JSON.parse(JSON.stringify(await judge(file)));
    const expectedPath = join(FOLDER, `${file}${EXPECTED}`);
    if (process.env['MILLRACE_UPDATE_GOLDEN'] === '1' && !existsSync(expectedPath)) {
      writeFileSync(expectedPath, `${JSON.stringify(found, null, 2)}\n`);
    }
    expect(found).toEqual(JSON.parse(readFileSync(expectedPath, 'utf8')));
  });

  const judge = async (file: string): Promise<unknown> => {
    const [folder = '', name = ''] = file.split('/');
    const plan = planOf(folder);
    const bytes = readFileSync(join(FOLDER, file));
    const batch = await lake.land(plan, [{ name, bytes }]);
    const { verdict, reasons, rows, accepted, quarantine } = await lake.validate(batch);
    // Line 0 stands for a file as a whole; its reasons are those of the verdict.
    const lines = quarantine && (await lake.parquetRows(quarantine)).filter(({ line }) => line !== 0);
    const rejected = lines?.length === 0 ? undefined : lines;
    return {
      verdict,
      reasons: reasons.map((reason) => reason.replace(plan.source.prefix, '')),
      rows,
      ...(accepted ? { accepted: await lake.parquetRows(accepted, '* EXCLUDE ("$object")') } : {}),
      ...(rejected
        ? { quarantined: rejected.map((row) => quarantinedRow(row, `${plan.source.prefix}${name}`)) }
        : {}),
    };
  };
});

function planOf(folder: string): PipelinePlan {
  const path = join(FOLDER, folder, 'pipeline.yaml');
  const parsed = parsePipelineFile(readFileSync(path, 'utf8'), path);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.plan;
}

function quarantinedRow(row: Readonly<Record<string, unknown>>, key: string): unknown {
  expect(row['source_uri']).toBe(`s3://lake/${key}`);
  // The time of the upload is that of the test.
  const reasons = (row['reasons'] as string).replace(/after \d{4}-[\d:TZ-]+, when/, 'after its upload, when');
  return { line: row['line'], raw: row['raw'], reasons: JSON.parse(reasons) as unknown };
}
