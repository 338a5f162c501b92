import { describeObjectStoreContract } from '../../../test/contract/object-store.contract';
import { createMemoryObjectStore } from './memory';

describeObjectStoreContract('the memory fake', () =>
  Promise.resolve({
    store: createMemoryObjectStore({ buckets: ['versioned'], plainBuckets: ['plain'] }),
    versionedBucket: 'versioned',
    plainBucket: 'plain',
    stop: () => Promise.resolve(),
  }),
);
