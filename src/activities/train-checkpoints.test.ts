import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryObjectStore } from '../adapters/object-store/memory';
import { lakeLayout } from '../domain/lake-layout';
import { TransientFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import type { TrainingBackend } from '../ports/training-backend';
import { runTrainer } from './run-trainer';
import { createCheckpointSync } from './train-checkpoints';

const DIGEST = 'd'.repeat(64);
const PREFIX = lakeLayout.checkpoints('flights', DIGEST);

let directory: string;
let store: ObjectStore;
let errors: unknown[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-checkpoints-'));
  store = createMemoryObjectStore();
  errors = [];
});
afterEach(() => rm(directory, { recursive: true }));

async function save(round: number, folder = directory): Promise<void> {
  await mkdir(folder, { recursive: true });
  const name = `round-${String(round).padStart(6, '0')}`;
  await writeFile(join(folder, `${name}.ubj`), `model ${round}`);
  await writeFile(join(folder, `${name}.json`), `{"round":${round}}`);
}

async function uploaded(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { key } of store.list('lake', PREFIX)) names.push(key.slice(PREFIX.length));
  return names;
}

/** A store whose first creates fail. */
function failing(times: number, error: Error): ObjectStore {
  let left = times;
  return {
    ...store,
    createIfAbsent: (location, body) =>
      (left -= 1) >= 0 ? Promise.reject(error) : store.createIfAbsent(location, body),
  };
}

const sync = (over: ObjectStore = store): ReturnType<typeof createCheckpointSync> =>
  createCheckpointSync(
    { store: over, lakeBucket: 'lake' },
    { pipeline: 'flights', trainDigest: DIGEST, directory, onError: (error) => errors.push(error) },
  );
const ROUND_1 = ['round-000001.json', 'round-000001.ubj'];

test('what one machine uploads another one restores', async () => {
  await save(1);
  await sync().flush();
  await rm(directory, { recursive: true });
  await sync().restore();
  expect((await readdir(directory)).sort()).toEqual(ROUND_1);
});

test('a failed upload is reported and tried again with the next one', async () => {
  const checkpoints = sync(failing(1, new TransientFailure('StoreUnavailable', 'down')));
  await save(1);
  checkpoints.upload();
  await save(2);
  await checkpoints.flush();
  await checkpoints.flush();
  expect(errors).toMatchObject([{ message: 'down' }]);
  expect(await uploaded()).toEqual([...ROUND_1, 'round-000002.json', 'round-000002.ubj']);
});

test('a description is never in the lake without its model', async () => {
  await save(1);
  const checkpoints = sync(failing(1, new TransientFailure('StoreUnavailable', 'down')));
  await checkpoints.flush();
  expect(await uploaded()).toEqual([]);
});

test.each([
  ['reading it', Object.assign(new Error('gone'), { code: 'ENOENT' })],
  [
    'sending it',
    new TransientFailure(
      'StoreUnavailable',
      'x',
      {},
      { cause: Object.assign(new Error(), { code: 'ENOENT' }) },
    ),
  ],
])('a checkpoint that the trainer removed while %s is no failure', async (_when, error) => {
  await save(1);
  await save(2);
  await sync(failing(1, error)).flush();
  expect(errors).toEqual([]);
  expect(await uploaded()).toEqual(['round-000002.json', 'round-000002.ubj']);
});

describe('runTrainer', () => {
  const progress = jest.fn();
  const run = (train: TrainingBackend['train'], over: ObjectStore = store): Promise<void> =>
    runTrainer(
      {
        store: over,
        lakeBucket: 'lake',
        signal: () => new AbortController().signal,
        progress,
        backend: { identity: () => Promise.resolve('i'), train },
      },
      'flights',
      DIGEST,
      { jobName: 'job', directory },
    );

  test('the checkpoint that a stopped trainer writes last survives, and the trainer’s failure is the one thrown', async () => {
    const stopped = run(async () => {
      await save(1, join(directory, 'checkpoints'));
      throw new TransientFailure('TrainerFailed', 'stopped');
    });
    await expect(stopped).rejects.toThrow('stopped');
    expect(await uploaded()).toEqual(ROUND_1);
  });

  test('a training that finished is not failed by its uploads, and progress tells of them', async () => {
    await run(
      async (_job, { onEvent }) => {
        await save(1, join(directory, 'checkpoints'));
        onEvent({ event: 'checkpoint', round: 1 });
      },
      failing(99, new TransientFailure('StoreUnavailable', 'down')),
    );
    expect(progress).toHaveBeenCalledWith({
      stage: 'train',
      event: 'checkpoint not uploaded',
      problem: 'down',
    });
  });
});
