import { randomUUID } from 'node:crypto';
import { PermanentFailure } from '../../ports/failures';
import type { ObjectStore, PutBody } from '../../ports/object-store';

const RACERS = 4;

/**
 * Proves that the store honours `If-None-Match: *` and `If-Match` on put, on which every promise of exactly-once
 * rests; called when a worker starts. Leaves nothing behind (in a versioned bucket: a hidden object of some bytes).
 *
 * @throws PermanentFailure('UnsafeStore') when the store lets two writers win or a stale one replace;
 *   whatever the store's own calls throw, e.g. NotFound for a missing bucket.
 */
export async function assertConditionalWrites(store: ObjectStore, bucket: string): Promise<void> {
  const location = { bucket, key: `millrace-startup-check/${randomUUID()}` };
  try {
    const racers = Array.from({ length: RACERS }, (_, racer) => content(`create ${racer}`));
    const created = await Promise.all(racers.map((body) => store.createIfAbsent(location, body)));
    requireOne(bucket, 'If-None-Match: *', created.filter((result) => result.created).length);

    const { etag } = await store.head(location);
    const swaps = Array.from({ length: RACERS }, (_, racer) => content(`replace ${racer}`));
    const replaced = await Promise.all(swaps.map((body) => store.replaceIfMatch(location, body, etag)));
    requireOne(bucket, 'If-Match', replaced.filter((head) => head !== undefined).length);
  } finally {
    await store.remove(location);
  }
}

/**
 * Proves that the bucket keeps versions: ingest pins the object versions that it read, and a backup those that it
 * copied.
 *
 * @throws PermanentFailure('UnsafeStore') when it does not; whatever the store's own calls throw.
 */
export async function assertVersioned(store: ObjectStore, bucket: string): Promise<void> {
  const location = { bucket, key: `millrace-startup-check/${randomUUID()}` };
  try {
    const { head } = await store.createIfAbsent(location, content('versioned'));
    if (head.versionId !== undefined) return;
  } finally {
    await store.remove(location);
  }
  throw new PermanentFailure(
    'UnsafeStore',
    'Bucket does not keep versions: expected a version ID for a new object, got none; switch its versioning on ' +
      `(aws s3api put-bucket-versioning --bucket ${bucket} --versioning-configuration Status=Enabled)`,
    { bucket },
  );
}

function content(text: string): PutBody {
  return { kind: 'bytes', bytes: Buffer.from(text) };
}

function requireOne(bucket: string, condition: string, winners: number): void {
  if (winners === 1) return;
  throw new PermanentFailure(
    'UnsafeStore',
    `Object store does not honour conditional writes: expected 1 of ${RACERS} racing writers to win, ` +
      `got ${winners}; use Amazon S3 or another store with atomic conditional puts`,
    { bucket, condition },
  );
}
