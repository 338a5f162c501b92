// summarize-tests.mjs DIRECTORY: adds up what scripts/test.sh left there. Per suite there is <suite>.exit (the exit code)
// and, for test runners, <suite>.json (jest) or <suite>.xml (JUnit). Ends with 1 if anything failed.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @returns {Counts} */
function countJest(report) {
  const files = report.testResults ?? [];
  // A file that does not even load has no failed test in it.
  const crashed = files.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + crashed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** @returns {Counts} */
function countJunit(xml) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [, attributes] of xml.matchAll(/<testsuite ([^>]*)>/g)) {
    const number = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? 0);
    const failed = number('failures') + number('errors');
    total.failed += failed;
    total.skipped += number('skipped');
    total.passed += number('tests') - failed - number('skipped');
  }
  return total;
}

/**
 * One suite. A run that found nothing to check, broke off or ended badly without naming a failed test counts as a failure.
 * @param {{ exitCode: number, counts?: Counts, isCheck: boolean }} suite
 * @returns {Counts & { note: string }}
 */
function judge({ exitCode, counts, isCheck }) {
  if (isCheck) {
    const ok = exitCode === 0;
    return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, note: '' };
  }
  if (!counts) return { passed: 0, failed: 1, skipped: 0, note: 'broke off without a report' };
  if (counts.passed + counts.failed + counts.skipped === 0)
    return { ...counts, failed: 1, note: 'found nothing to check' };
  if (exitCode !== 0 && counts.failed === 0)
    return { ...counts, failed: 1, note: `ended with code ${exitCode}` };
  return { ...counts, note: '' };
}

function readReport(directory, suite, files) {
  try {
    if (files.includes(`${suite}.json`))
      return countJest(JSON.parse(readFileSync(path.join(directory, `${suite}.json`), 'utf8')));
    if (files.includes(`${suite}.xml`))
      return countJunit(readFileSync(path.join(directory, `${suite}.xml`), 'utf8'));
  } catch (error) {
    process.stderr.write(`The report of ${suite} cannot be read: ${error.message}\n`);
  }
  return undefined;
}

/** @param {string} directory */
function summarize(directory) {
  const files = readdirSync(directory);
  const suites = files.filter((file) => file.endsWith('.exit')).map((file) => file.slice(0, -'.exit'.length));
  return suites.sort().map((suite) => ({
    suite,
    ...judge({
      exitCode: Number(readFileSync(path.join(directory, `${suite}.exit`), 'utf8')),
      counts: readReport(directory, suite, files),
      isCheck: suite.startsWith('check-'),
    }),
  }));
}

function show(rows) {
  const line = (cells) =>
    `${cells[0].padEnd(16)}${cells
      .slice(1, 4)
      .map((cell) => String(cell).padStart(8))
      .join('')}  ${cells[4]}`;
  const table = [['suite', 'passed', 'failed', 'skipped', '']]
    .concat(rows.map(({ suite, passed, failed, skipped, note }) => [suite, passed, failed, skipped, note]))
    .map((cells) => line(cells).trimEnd());
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  return `\n${table.join('\n')}\n\n${sum('passed')} passed, ${sum('failed')} failed${skipped}\n`;
}

const found = summarize(process.argv[2] ?? '.');
const rows =
  found.length > 0 ? found : [{ suite: 'none', passed: 0, failed: 1, skipped: 0, note: 'no suite ran' }];
process.stdout.write(show(rows));
process.exitCode = rows.some(({ failed }) => failed > 0) ? 1 : 0;
