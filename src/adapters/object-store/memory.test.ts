import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describeObjectStoreContract } from '../../../test/contract/object-store.contract';
import { sha256Hex } from '../../lake/digest';
import { createMemoryObjectStore } from './memory';

const BUCKETS = { buckets: ['versioned'], plainBuckets: ['plain'] };

describeObjectStoreContract('the memory fake', () =>
  Promise.resolve({
    store: createMemoryObjectStore(BUCKETS),
    versionedBucket: 'versioned',
    plainBucket: 'plain',
    stop: () => Promise.resolve(),
  }),
);

describe('with a directory for files', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-memory-store-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  describeObjectStoreContract('the memory fake that keeps files', async () => {
    const filesDirectory = await mkdtemp(join(directory, 'contract-'));
    return {
      store: createMemoryObjectStore({ ...BUCKETS, filesDirectory }),
      versionedBucket: 'versioned',
      plainBucket: 'plain',
      stop: () => Promise.resolve(),
    };
  });

  it('a file is read from disk when the object is, also after the original is gone', async () => {
    const filesDirectory = join(directory, 'kept');
    await mkdir(filesDirectory);
    const store = createMemoryObjectStore({ ...BUCKETS, filesDirectory });
    const path = join(directory, 'a.csv');
    await writeFile(path, 'before');
    const location = { bucket: 'plain', key: 'a.csv' };
    await store.put(location, { kind: 'file', path, bytes: 6, sha256: sha256Hex('before') });
    await rm(path);
    const [kept = ''] = await readdir(filesDirectory);
    expect(await text((await store.open(location)).body)).toBe('before');
    await writeFile(join(filesDirectory, kept), 'behind');
    expect(await text((await store.open(location)).body)).toBe('behind');
  });
});
