import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalTrainer } from './local-process';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-trainer-'));
});
afterEach(() => rm(directory, { recursive: true }));

const start = (python: string, jobDirectory = directory): Promise<void> =>
  createLocalTrainer({ python, directory }).train(
    { jobName: 'job', directory: jobDirectory },
    { onEvent: () => undefined, signal: new AbortController().signal },
  );

test('a trainer that is not installed is a permanent failure that says what to do', async () => {
  await expect(start(join(directory, 'none'))).rejects.toMatchObject({
    code: 'InvalidInput',
    fields: { code: 'ENOENT' },
    message: expect.stringContaining('make setup') as string,
  });
});

test('a program that may not be run is a permanent failure', async () => {
  await writeFile(join(directory, 'python'), '', { mode: 0o600 });
  await expect(start(join(directory, 'python'))).rejects.toMatchObject({
    code: 'InvalidInput',
    fields: { code: 'EACCES' },
  });
});

test('any other fault of the start is worth a retry', async () => {
  // More than Linux lets a process be started with.
  await expect(start(process.execPath, 'x'.repeat(200_000))).rejects.toMatchObject({
    code: 'TrainerFailed',
    fields: { code: 'E2BIG' },
  });
});

describe('identity', () => {
  const identity = (gpuDriver: string): Promise<string> =>
    createLocalTrainer({ python: 'python', directory, gpuDriver }).identity();

  beforeEach(async () => {
    await mkdir(join(directory, 'millrace_trainer'));
    for (const name of ['requirements.lock', 'requirements-gpu.lock', 'millrace_trainer/train.py']) {
      await writeFile(join(directory, name), name);
    }
  });

  test.each([
    ['with a GPU', '.', 'requirements-gpu.lock', 'requirements.lock'],
    ['without a GPU', 'none', 'requirements.lock', 'requirements-gpu.lock'],
  ])('%s the packages installed there decide, the others do not', async (_machine, driver, own, other) => {
    const gpuDriver = join(directory, driver);
    const before = await identity(gpuDriver);
    await writeFile(join(directory, other), 'changed');
    expect(await identity(gpuDriver)).toBe(before);
    await writeFile(join(directory, own), 'changed');
    expect(await identity(gpuDriver)).not.toBe(before);
  });
});
