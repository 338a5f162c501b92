import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';

export interface BucketTarget {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const ALREADY_THERE = new Set(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);

async function ensureBucket(
  client: S3Client,
  bucket: { readonly name: string; readonly objectLock: boolean },
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    // Object lock can only be switched on when a bucket is made.
    const create = new CreateBucketCommand({
      Bucket: bucket.name,
      ObjectLockEnabledForBucket: bucket.objectLock,
    });
    await client.send(create, { abortSignal });
  } catch (error) {
    if (!(error instanceof Error && ALREADY_THERE.has(error.name))) throw error;
  }
  const versioning = new PutBucketVersioningCommand({
    Bucket: bucket.name,
    VersioningConfiguration: { Status: 'Enabled' },
  });
  await client.send(versioning, { abortSignal });
}

/** Makes the versioned buckets `lake` and `backup` (with object lock) unless they are there. Safe to repeat. */
export async function ensureBuckets(target: BucketTarget, signal: AbortSignal): Promise<void> {
  const client = new S3Client({
    endpoint: target.endpoint,
    region: target.region,
    credentials: { accessKeyId: target.accessKeyId, secretAccessKey: target.secretAccessKey },
    forcePathStyle: true,
  });
  try {
    await ensureBucket(client, { name: 'lake', objectLock: false }, signal);
    await ensureBucket(client, { name: 'backup', objectLock: true }, signal);
  } finally {
    client.destroy();
  }
}
