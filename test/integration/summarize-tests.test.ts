// The sum at the end of `make test`, by the script itself on reports as jest and pytest write them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SCRIPT = path.join(__dirname, '../../scripts/summarize-tests.mjs');

let directory: string;
beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), 'millrace-summary-'))));
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function leave(suite: string, exitCode: number, report?: object | string) {
  writeFileSync(path.join(directory, `${suite}.exit`), `${exitCode}\n`);
  if (report === undefined) return;
  const isXml = typeof report === 'string';
  writeFileSync(
    path.join(directory, `${suite}.${isXml ? 'xml' : 'json'}`),
    isXml ? report : JSON.stringify(report),
  );
}

function jestReport(numPassedTests: number, numFailedTests = 0, numPendingTests = 0, crashedFiles = 0) {
  const crashed = { status: 'failed', assertionResults: [] };
  const testResults = Array.from({ length: crashedFiles }, () => crashed);
  return { numPassedTests, numFailedTests, numPendingTests, numTodoTests: 0, testResults };
}

function summarize() {
  const { stdout, status } = spawnSync(process.execPath, [SCRIPT, directory], { encoding: 'utf8' });
  return { exitCode: status, lastLine: stdout.trimEnd().split('\n').at(-1), stdout };
}

test('every suite and every check is added up', () => {
  leave('check-lint', 0);
  leave('check-types', 0);
  leave('unit', 0, jestReport(40));
  leave(
    'trainer',
    0,
    '<testsuites><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="7" /></testsuites>',
  );
  expect(summarize()).toMatchObject({ exitCode: 0, lastLine: '49 passed, 0 failed' });
});

test('skipped tests are counted as skipped', () => {
  leave('unit', 0, jestReport(40, 0, 2));
  leave('trainer', 0, '<testsuite name="pytest" errors="0" failures="0" skipped="3" tests="7">');
  expect(summarize()).toMatchObject({ exitCode: 0, lastLine: '44 passed, 0 failed, 5 skipped' });
});

test('failed tests, errors and checks make it fail', () => {
  leave('check-lint', 2);
  leave('unit', 1, jestReport(40, 3));
  leave('trainer', 1, '<testsuite name="pytest" errors="1" failures="2" skipped="0" tests="7">');
  expect(summarize()).toMatchObject({ exitCode: 1, lastLine: '44 passed, 7 failed' });
});

test('a test file that does not load counts as a failure', () => {
  leave('unit', 1, jestReport(40, 0, 0, 2));
  expect(summarize()).toMatchObject({ exitCode: 1, lastLine: '40 passed, 2 failed' });
});

test('a suite that found nothing to check counts as a failure', () => {
  leave('replay', 0, jestReport(0));
  expect(summarize()).toMatchObject({ exitCode: 1, lastLine: '0 passed, 1 failed' });
});

test('a suite that broke off without a report counts as a failure', () => {
  leave('e2e', 137);
  expect(summarize()).toMatchObject({ exitCode: 1, lastLine: '0 passed, 1 failed' });
});

test('a suite whose runner ended badly although no test failed counts as a failure', () => {
  leave('unit', 1, jestReport(40));
  expect(summarize()).toMatchObject({ exitCode: 1, lastLine: '40 passed, 1 failed' });
});

test('no suite at all is a failure', () => {
  expect(summarize()).toMatchObject({ exitCode: 1, lastLine: '0 passed, 1 failed' });
});
