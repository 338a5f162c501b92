import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { ReadStream } from 'node:fs';
import { formatS3Uri, type ObjectLocation } from '../../domain/s3-uri';
import { TransientFailure } from '../../ports/failures';
import type { ObjectHead, PutBody } from '../../ports/object-store';
import { putContent } from './put-content';
import { isDamaged } from './s3-errors';
import { bareEtag, versionFrom } from './s3-heads';

export type PutConditions = Pick<PutObjectCommandInput, 'IfNoneMatch' | 'IfMatch' | 'Metadata'>;

/**
 * One put with its SHA-256, which the store checks and keeps. Refused as damaged, it is sent once more: bytes from
 * memory can only have changed on their way, a file refused again no longer is what was announced.
 */
export async function sendPut(
  client: S3Client,
  location: ObjectLocation,
  body: PutBody,
  conditions: PutConditions = {},
): Promise<ObjectHead> {
  try {
    return await sendOnce(client, location, body, conditions);
  } catch (error) {
    if (!isDamaged(error)) throw error;
  }
  try {
    return await sendOnce(client, location, body, conditions);
  } catch (error) {
    if (body.kind === 'file' || !isDamaged(error)) throw error;
    const message = 'Object store received other bytes than were sent: check the network between them';
    throw new TransientFailure('StoreUnavailable', message, { uri: formatS3Uri(location) }, { cause: error });
  }
}

async function sendOnce(
  client: S3Client,
  location: ObjectLocation,
  body: PutBody,
  conditions: PutConditions,
): Promise<ObjectHead> {
  const content = await putContent(body);
  const stream = content.open();
  const failedBody = abortOnFailure(stream, content.bytes, location);
  const command = new PutObjectCommand({
    Bucket: location.bucket,
    Key: location.key,
    Body: stream,
    ContentLength: content.bytes,
    // A browser shows a page of that type, and offers any other for download.
    ...(location.key.endsWith('.html') ? { ContentType: 'text/html; charset=utf-8' } : {}),
    ChecksumSHA256: Buffer.from(content.sha256, 'hex').toString('base64'),
    ...conditions,
  });
  const date = captureDate(command);
  try {
    const answer = await client.send(command, { abortSignal: failedBody.signal });
    return {
      bucket: location.bucket,
      key: location.key,
      ...versionFrom(answer.VersionId),
      etag: bareEtag(answer.ETag),
      bytes: content.bytes,
      lastModified: date(),
      sha256: content.sha256,
    };
  } catch (error) {
    throw failedBody.signal.aborted ? failedBody.signal.reason : error;
  } finally {
    if (stream instanceof ReadStream) stream.destroy();
  }
}

/** A file that vanishes or shrinks half-way would leave the request waiting for bytes until its time-out. */
function abortOnFailure(
  body: Uint8Array | ReadStream,
  bytes: number,
  location: ObjectLocation,
): AbortController {
  const controller = new AbortController();
  if (!(body instanceof ReadStream)) return controller;
  const abort = (cause?: Error): void => {
    const about = { uri: formatS3Uri(location), bytes };
    const message = 'File could not be read to its end while it was uploaded';
    controller.abort(new TransientFailure('StoreUnavailable', message, about, { cause }));
  };
  body.once('error', abort);
  body.once('end', () => {
    if (body.bytesRead < bytes) abort();
  });
  return controller;
}

/** A put answers no Last-Modified; the answer's Date header is the same clock and saves a HEAD that could race. */
function captureDate(command: PutObjectCommand): () => string {
  let date: string | undefined;
  command.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      date = dateHeader(result.response);
      return result;
    },
    { step: 'deserialize', name: 'millraceCaptureDate', priority: 'low' },
  );
  return () => new Date(date ?? Date.now()).toISOString();
}

function dateHeader(response: unknown): string | undefined {
  const { headers } = response as { readonly headers?: Readonly<Record<string, string>> };
  return headers?.['date'];
}
