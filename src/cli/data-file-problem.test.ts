import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataFileProblem } from './data-file-problem';

test('what is missing, and what is no file, is named before anything is read', async () => {
  expect(await dataFileProblem(join(tmpdir(), 'no-such-file.csv'))).toMatch(/ENOENT.*no-such-file\.csv/);
  expect(await dataFileProblem(tmpdir())).toContain('expected a plain file');
  expect(await dataFileProblem(__filename)).toBeUndefined();
});
