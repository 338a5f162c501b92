import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { formatS3Uri, type ObjectLocation } from '../../domain/s3-uri';
import { PermanentFailure } from '../../ports/failures';
import type { PutBody } from '../../ports/object-store';
import { putContent } from './put-content';

export interface StoredContent {
  readonly bytes: number;
  /** Hex MD5. */
  readonly etag: string;
  /** Hex. */
  readonly sha256: string;
  readonly open: () => Readable;
}

const CHUNK_BYTES = 64 * 1024;

/**
 * What a put brings, kept in memory; a file is kept as a file when there is a directory for files, so that memory does
 * not grow with it.
 *
 * @throws PermanentFailure('IntegrityError') when the bytes do not have the announced hash, and those of putContent
 */
export async function storedContent(
  location: ObjectLocation,
  body: PutBody,
  filesDirectory: string | undefined,
): Promise<StoredContent> {
  const announced = await putContent(body);
  const open = await keep(body, filesDirectory);
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  for await (const chunk of open() as AsyncIterable<Uint8Array>) {
    md5.update(chunk);
    sha256.update(chunk);
  }
  const found = sha256.digest('hex');
  if (found !== announced.sha256) {
    const message = `Object store refused to put an object: expected sha256 ${announced.sha256}, got ${found}`;
    throw new PermanentFailure('IntegrityError', message, { uri: formatS3Uri(location) });
  }
  return { bytes: announced.bytes, etag: md5.digest('hex'), sha256: found, open };
}

async function keep(body: PutBody, filesDirectory: string | undefined): Promise<() => Readable> {
  if (body.kind === 'bytes') return opener(Uint8Array.from(body.bytes));
  if (filesDirectory === undefined) return opener(await readFile(body.path));
  const kept = join(filesDirectory, randomUUID());
  // A link costs nothing; it does not reach beyond the file system, nor always to the files of others.
  await link(body.path, kept).catch(() => copyFile(body.path, kept));
  return () => createReadStream(kept);
}

function opener(bytes: Uint8Array): () => Readable {
  return () => Readable.from(chunksOf(bytes), { objectMode: false });
}

function* chunksOf(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    yield bytes.subarray(start, start + CHUNK_BYTES);
  }
}
