import {
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectLocation } from '../../domain/s3-uri';
import { TransientFailure } from '../../ports/failures';
import type { CreateResult, ObjectHead, PutBody } from '../../ports/object-store';
import { isLostRace, isMissingObject } from './s3-errors';
import { bareEtag, headFrom } from './s3-heads';
import { sendPut, type PutConditions } from './s3-put';

/**
 * Names the put that wrote an object. The SDK repeats a put whose answer got lost; the repetition of a put that had
 * succeeded is answered 412, and only this token tells our own object from a rival's.
 */
const TOKEN = 'millrace-token';
const CREATE_ATTEMPTS = 5;
const CREATE_PAUSE_MS = 50;

/** Put with `If-None-Match: *`; see {@link ObjectStore.createIfAbsent}. */
export async function createConditionally(
  client: S3Client,
  location: ObjectLocation,
  body: PutBody,
): Promise<CreateResult> {
  let condition: PutConditions = { IfNoneMatch: '*' };
  for (let attempt = 1; attempt <= CREATE_ATTEMPTS; attempt++) {
    const result = await tryPut(client, location, body, condition);
    if (result) return result;
    // Refused, yet nothing stands: a rival's put is still under way, or the object was removed.
    const hiddenEtag = await findHiddenEtag(client, location);
    condition = hiddenEtag === undefined ? { IfNoneMatch: '*' } : { IfMatch: `"${hiddenEtag}"` };
    if (attempt > 1) await sleep(CREATE_PAUSE_MS * attempt);
  }
  throw new TransientFailure(
    'StoreUnavailable',
    'Object can neither be created nor found: rivals keep it busy',
    {
      bucket: location.bucket,
      key: location.key,
      attempts: CREATE_ATTEMPTS,
    },
  );
}

/** Put with `If-Match`; see {@link ObjectStore.replaceIfMatch}. */
export async function replaceConditionally(
  client: S3Client,
  location: ObjectLocation,
  body: PutBody,
  etag: string,
): Promise<ObjectHead | undefined> {
  // versitygw 1.8 compares with the version below a delete marker, and so would bring a removed object back.
  if (!(await findStanding(client, location))) {
    await client.send(new HeadBucketCommand({ Bucket: location.bucket }));
    return undefined;
  }
  const result = await tryPut(client, location, body, { IfMatch: `"${etag}"` });
  return result?.created ? result.head : undefined;
}

/** undefined = refused although nothing stands there. */
async function tryPut(
  client: S3Client,
  location: ObjectLocation,
  body: PutBody,
  condition: PutConditions,
): Promise<CreateResult | undefined> {
  const token = randomUUID();
  try {
    const head = await sendPut(client, location, body, { ...condition, Metadata: { [TOKEN]: token } });
    return { created: true, head };
  } catch (error) {
    // `If-Match` on a missing object is a 404.
    if (!isLostRace(error) && !(condition.IfMatch && isMissingObject(error))) throw error;
  }
  const standing = await findStanding(client, location);
  return standing && { created: standing.token === token, head: standing.head };
}

/**
 * The ETag that versitygw 1.8 still holds against a key whose newest version is a delete marker: it refuses
 * `If-None-Match: *` there, but `If-Match` with this ETag is as atomic. Amazon S3 never gets here without a race.
 */
async function findHiddenEtag(
  client: S3Client,
  { bucket, key }: ObjectLocation,
): Promise<string | undefined> {
  const answer = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }));
  if (!answer.DeleteMarkers?.some((marker) => marker.Key === key && marker.IsLatest)) return undefined;
  const newest = answer.Versions?.find((version) => version.Key === key);
  return newest && bareEtag(newest.ETag);
}

interface Standing {
  readonly head: ObjectHead;
  readonly token: string | undefined;
}

async function findStanding(client: S3Client, location: ObjectLocation): Promise<Standing | undefined> {
  try {
    const answer = await client.send(
      new HeadObjectCommand({ Bucket: location.bucket, Key: location.key, ChecksumMode: 'ENABLED' }),
    );
    return { head: headFrom(location, answer), token: answer.Metadata?.[TOKEN] };
  } catch (error) {
    if (isMissingObject(error)) return undefined;
    throw error;
  }
}
