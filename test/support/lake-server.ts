import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../src/adapters/object-store/s3';
import type { ObjectStore } from '../../src/ports/object-store';
import { startObjectStore, type LocalObjectStore } from './local-servers';

export interface LakeServer {
  readonly server: LocalObjectStore;
  readonly store: ObjectStore;
}

/** A real object store with the given buckets. */
export async function startLakeServer(
  versionedBuckets: readonly string[],
  plainBuckets: readonly string[] = [],
): Promise<LakeServer> {
  const server = await startObjectStore();
  const { endpoint, region, credentials } = server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  for (const Bucket of [...versionedBuckets, ...plainBuckets]) {
    await client.send(new CreateBucketCommand({ Bucket }));
  }
  for (const Bucket of versionedBuckets) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  client.destroy();
  return { server, store: createS3ObjectStore({ endpoint, region, credentials }) };
}
