import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runDoctorChecks } from './doctor-checks';
import { VERSIONS } from './versions';

let directory: string;
beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), 'millrace-doctor-'))));
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function program(file: string, output: string) {
  const full = path.join(directory, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, `#!/bin/sh\necho '${output}'\n`);
  chmodSync(full, 0o755);
}

async function check(name: string) {
  const variables = { PATH: path.join(directory, 'bin'), MILLRACE_CACHE: path.join(directory, 'cache') };
  return (await runDoctorChecks(variables)).find((candidate) => candidate.name === name)!;
}

test('a program that is too old is a failure that names both versions', async () => {
  program('bin/python3', 'Python 3.9.2');
  expect(await check('Python')).toMatchObject({
    ok: false,
    required: true,
    found: '3.9.2, 3.11 or newer is needed',
    fix: 'https://www.python.org',
  });
});

test('Go is needed only as long as a server is missing', async () => {
  expect(await check('Go')).toMatchObject({ ok: false, required: true, found: 'not on PATH' });
  for (const name of ['temporal', 'versitygw'] as const)
    program(`cache/bin/${name}-${VERSIONS[name]}`, 'a build from source');
  expect(await check('Go')).toMatchObject({ ok: false, required: false });
});

test('a newer server on PATH is preferred to the build in the cache', async () => {
  program(`cache/bin/temporal-${VERSIONS.temporal}`, 'a build from source');
  expect((await check('temporal')).found).toContain('(cache: ');
  program('bin/temporal', 'temporal version 1.99.0 (Server 1.31.0, UI 2.50.0)');
  expect((await check('temporal')).found).toContain('1.99.0 (path: ');
});

test('an older server on PATH, or one without a version, is passed over', async () => {
  program('bin/temporal', 'temporal version 1.0.0 (Server 1.24.0)');
  expect((await check('temporal')).ok).toBe(false);
  program('bin/temporal', 'temporal version 0.0.0-DEV (Server 1.29.1)');
  expect((await check('temporal')).ok).toBe(false);
});

test('Java is optional', async () => {
  expect(await check('Java')).toMatchObject({ ok: false, required: false });
});
