import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type _Object as S3Object,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import type { ObjectLocation } from '../../domain/s3-uri';
import { TransientFailure } from '../../ports/failures';
import type {
  ObjectHead,
  ObjectStore,
  ObjectSummary,
  ObjectVersionLocation,
  OpenObject,
} from '../../ports/object-store';
import { guardedBody } from './guarded-body';
import { createS3Client, type S3Options } from './s3-client';
import { createConditionally, replaceConditionally } from './s3-conditional';
import { toFailure } from './s3-errors';
import { bareEtag, headFrom } from './s3-heads';
import { listObjectVersions } from './s3-versions';
import { sendPut } from './s3-put';
import { assertSafeKey, assertWritableKey } from './safe-key';

const PAGE_KEYS = 1000;

export type ClosableObjectStore = ObjectStore & {
  /** Ends idle connections, so that they do not keep the process alive. */
  readonly close: () => void;
};

/** An {@link ObjectStore} on Amazon S3 or a compatible store. Opens no connection before the first call. */
export function createS3ObjectStore(options: S3Options): ClosableObjectStore {
  const client = createS3Client(options);
  return {
    head: (location) => reading('read an object head', location, () => headObject(client, location)),
    open: (location) => reading('open an object', location, () => openObject(client, location)),
    put: (location, body) => writing('put an object', location, () => sendPut(client, location, body)),
    createIfAbsent: (location, body) =>
      writing('create an object', location, () => createConditionally(client, location, body)),
    replaceIfMatch: (location, body, etag) =>
      writing('replace an object', location, () => replaceConditionally(client, location, body, etag)),
    copy: (from, to) => {
      const copyOnce = (): Promise<ObjectHead> => copyObject(client, from, to);
      return reading('copy an object', from, () => writing('copy an object', to, copyOnce));
    },
    list: (bucket, prefix, startAfter) => listObjects(client, bucket, prefix, startAfter),
    listVersions: (bucket, prefix) => listObjectVersions(client, bucket, prefix),
    remove: (location) => reading('remove an object', location, () => removeObject(client, location)),
    close: () => {
      client.destroy();
    },
  };
}

async function reading<T>(
  action: string,
  location: ObjectVersionLocation,
  call: () => Promise<T>,
): Promise<T> {
  assertSafeKey(location);
  try {
    return await call();
  } catch (error) {
    throw toFailure(error, action, location);
  }
}

function writing<T>(action: string, location: ObjectLocation, call: () => Promise<T>): Promise<T> {
  return reading(action, location, () => {
    assertWritableKey(location);
    return call();
  });
}

async function headObject(client: S3Client, location: ObjectVersionLocation): Promise<ObjectHead> {
  const answer = await client.send(
    new HeadObjectCommand({ ...addressOf(location), ChecksumMode: 'ENABLED' }),
  );
  return headFrom(location, answer);
}

async function openObject(client: S3Client, location: ObjectVersionLocation): Promise<OpenObject> {
  const command = new GetObjectCommand({ ...addressOf(location), ChecksumMode: 'ENABLED' });
  const sha256 = takeSha256(command);
  const answer = await client.send(command);
  if (!(answer.Body instanceof Readable)) {
    throw new TransientFailure('StoreUnavailable', 'Object store answered without a body', {
      key: location.key,
    });
  }
  const body = guardedBody(answer.Body, (error) => toFailure(error, 'read an object', location));
  return { head: headFrom(location, { ...answer, ChecksumSHA256: sha256() }), body };
}

const SHA256_HEADER = 'x-amz-checksum-sha256';

/**
 * Keeps the announced SHA-256 from the SDK, which would compare it with a hash of the body: whoever reads a body hashes it
 * anyway (lake/streams.ts, lake/backups.ts). Checksums of other kinds are still the SDK's.
 */
function takeSha256(command: GetObjectCommand): () => string | undefined {
  let announced: string | undefined;
  command.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      const answer = result.response as { headers: Record<string, string> };
      const { [SHA256_HEADER]: sha256, ...headers } = answer.headers;
      announced = sha256;
      answer.headers = headers;
      return result;
    },
    { step: 'deserialize', name: 'millraceTakeSha256', priority: 'low' },
  );
  return () => announced;
}

async function copyObject(
  client: S3Client,
  from: ObjectVersionLocation,
  to: ObjectLocation,
): Promise<ObjectHead> {
  const source = `${from.bucket}/${from.key}`.split('/').map(encodeURIComponent).join('/');
  const version = from.versionId === undefined ? '' : `?versionId=${encodeURIComponent(from.versionId)}`;
  const answer = await client.send(
    new CopyObjectCommand({
      Bucket: to.bucket,
      Key: to.key,
      CopySource: `${source}${version}`,
      // A copy then has a SHA-256 of its whole content, whatever checksum its source was uploaded with.
      ChecksumAlgorithm: 'SHA256',
    }),
  );
  return headObject(client, { ...to, ...(answer.VersionId ? { versionId: answer.VersionId } : {}) });
}

async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  startAfter: string | undefined,
): AsyncIterable<ObjectSummary> {
  const wanted = { Bucket: bucket, Prefix: prefix, ...(startAfter ? { StartAfter: startAfter } : {}) };
  const pages = paginateListObjectsV2({ client, pageSize: PAGE_KEYS }, wanted);
  try {
    for await (const page of pages) yield* (page.Contents ?? []).map(summaryOf);
  } catch (error) {
    throw toFailure(error, 'list objects', { bucket, key: prefix });
  }
}

function summaryOf(object: S3Object): ObjectSummary {
  return {
    key: object.Key ?? '',
    etag: bareEtag(object.ETag),
    bytes: object.Size ?? 0,
    lastModified: (object.LastModified ?? new Date(0)).toISOString(),
  };
}

async function removeObject(client: S3Client, location: ObjectVersionLocation): Promise<void> {
  await client.send(new DeleteObjectCommand(addressOf(location)));
}

function addressOf(location: ObjectVersionLocation): {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
} {
  const { bucket, key, versionId } = location;
  return { Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) };
}
