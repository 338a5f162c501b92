import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatS3Uri } from '../domain/s3-uri';
import { PermanentFailure, TransientFailure } from '../ports/failures';
import type { ObjectHead, ObjectStore, ObjectVersionLocation, PutBody } from '../ports/object-store';
import { sha256Hex } from './digest';

export interface DownloadOptions {
  /** Aborting rejects with the signal's reason and removes the partial file. */
  readonly signal?: AbortSignal;
  /** Hex; a different content is an IntegrityError, and the file is removed. */
  readonly expectedSha256?: string;
  /** Called with the number of bytes read so far, for heartbeats and progress bars. */
  readonly onBytes?: (totalBytes: number) => void;
}

export interface Download {
  /** Hex, computed while the bytes passed. */
  readonly sha256: string;
  readonly bytes: number;
  readonly head: ObjectHead;
}

/** Chunks of the network are small: so many bytes of them go to the disk in one call. */
const WRITE_BYTES = 1024 * 1024;

export interface SmallObject {
  readonly bytes: Uint8Array;
  readonly head: ObjectHead;
}

/**
 * Streams an object into a local file and hashes it on the way. The file exists afterwards only if all went well.
 * Bytes that do not match their hash are fetched once more: they may have changed on their way.
 *
 * Failures: those of {@link ObjectStore.open}; `PermanentFailure('IntegrityError')` when the content differs from
 * `expectedSha256`, from the hash that the store holds, or from the announced length.
 */
export function hashingDownload(
  store: ObjectStore,
  location: ObjectVersionLocation,
  filePath: string,
  options: DownloadOptions = {},
): Promise<Download> {
  return againIfDamaged(() => downloadOnce(store, location, filePath, options));
}

async function downloadOnce(
  store: ObjectStore,
  location: ObjectVersionLocation,
  filePath: string,
  options: DownloadOptions,
): Promise<Download> {
  options.signal?.throwIfAborted();
  const { head, body } = await store.open(location);
  const meter = createMeter(options.onBytes);
  const metered = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      meter.add(chunk);
      yield chunk;
    }
  };
  const file = createWriteStream(filePath, { highWaterMark: WRITE_BYTES });
  try {
    await pipeline(body, metered, file, { signal: options.signal });
    const { sha256, bytes } = meter.finish();
    checkContent(location, { sha256, bytes }, head, options.expectedSha256);
    return { sha256, bytes, head };
  } catch (error) {
    body.destroy();
    // While it is still being opened, it would come into being after its removal.
    if (!file.closed) await once(file, 'close').catch(() => undefined);
    await rm(filePath, { force: true });
    options.signal?.throwIfAborted();
    throw asFailure(error, location, filePath);
  }
}

/**
 * Hashes an object without keeping it; like {@link hashingDownload} once more when the bytes do not match their hash.
 *
 * Failures: those of {@link ObjectStore.open}; `PermanentFailure('IntegrityError')` when the content differs from the
 * hash that the store holds, or from the announced length.
 */
export function hashObject(
  store: ObjectStore,
  location: ObjectVersionLocation,
  signal?: AbortSignal,
): Promise<Download> {
  return againIfDamaged(() => hashOnce(store, location, signal));
}

async function hashOnce(
  store: ObjectStore,
  location: ObjectVersionLocation,
  signal: AbortSignal | undefined,
): Promise<Download> {
  signal?.throwIfAborted();
  const { head, body } = await store.open(location);
  const meter = createMeter();
  const measure = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) meter.add(chunk);
  };
  try {
    await pipeline(body, measure, { signal });
    const content = meter.finish();
    checkContent(location, content, head);
    return { ...content, head };
  } catch (error) {
    body.destroy();
    signal?.throwIfAborted();
    throw asFailure(error, location);
  }
}

/**
 * Reads a small object whole; like {@link hashingDownload} once more when the bytes do not match their hash.
 *
 * Failures: those of {@link ObjectStore.open}; `PermanentFailure('InvalidInput')` when it has more than `maxBytes`;
 * `PermanentFailure('IntegrityError')` when the bytes differ from the hash that the store holds.
 */
export function readBytes(
  store: ObjectStore,
  location: ObjectVersionLocation,
  maxBytes: number,
): Promise<SmallObject> {
  return againIfDamaged(() => readOnce(store, location, maxBytes));
}

async function readOnce(
  store: ObjectStore,
  location: ObjectVersionLocation,
  maxBytes: number,
): Promise<SmallObject> {
  const { head, body } = await store.open(location);
  try {
    refuseLarge(location, head.bytes, maxBytes);
    const content = await collect(body, location, maxBytes);
    checkContent(location, { sha256: sha256Hex(content), bytes: content.length }, head);
    return { bytes: content, head };
  } catch (error) {
    throw asFailure(error, location);
  } finally {
    body.destroy();
  }
}

/** Damage on the way is technical and gone the next time; damage in the store stays. */
async function againIfDamaged<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof PermanentFailure && error.code === 'IntegrityError')) throw error;
  }
  return read();
}

/** Hex SHA-256 of a local file, streamed. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** Describes a finished local file for a put; reads it once to hash it. */
export async function fileBody(path: string): Promise<Extract<PutBody, { kind: 'file' }>> {
  const { size } = await stat(path);
  return { kind: 'file', path, bytes: size, sha256: await sha256OfFile(path) };
}

/** Larger files are streamed. */
const MAX_WHOLE_BYTES = 1024 * 1024;

export interface LocalFile {
  readonly body: PutBody;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** A finished local file, hashed. A small one is read whole: opening it again for the put would cost more than it holds. */
export async function hashLocalFile(path: string): Promise<LocalFile> {
  const { size } = await stat(path);
  if (size > MAX_WHOLE_BYTES) {
    const body = await fileBody(path);
    return { body, bytes: body.bytes, sha256: body.sha256 };
  }
  const bytes = await readFile(path);
  return { body: { kind: 'bytes', bytes }, bytes: bytes.length, sha256: sha256Hex(bytes) };
}

interface Content {
  readonly sha256: string;
  readonly bytes: number;
}

function createMeter(onBytes?: DownloadOptions['onBytes']): {
  readonly add: (chunk: Uint8Array) => void;
  readonly finish: () => Content;
} {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    add: (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes?.(bytes);
    },
    finish: () => ({ sha256: hash.digest('hex'), bytes }),
  };
}

async function collect(
  body: Readable,
  location: ObjectVersionLocation,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    refuseLarge(location, bytes, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function refuseLarge(location: ObjectVersionLocation, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new PermanentFailure('InvalidInput', 'Object is too large to be read whole: stream it instead', {
    uri: formatS3Uri(location),
    bytes,
    maxBytes,
  });
}

function checkContent(
  location: ObjectVersionLocation,
  got: Content,
  head: ObjectHead,
  expectedSha256 = head.sha256,
): void {
  const fields = { uri: formatS3Uri(location), versionId: head.versionId };
  if (got.bytes !== head.bytes) {
    const message = `Object has another length than announced: expected ${head.bytes} bytes, got ${got.bytes}`;
    throw new PermanentFailure('IntegrityError', message, fields);
  }
  if (expectedSha256 !== undefined && got.sha256 !== expectedSha256) {
    const message = `Object content changed: expected sha256 ${expectedSha256}, got ${got.sha256}`;
    throw new PermanentFailure('IntegrityError', `${message}; restore it from a backup`, fields);
  }
}

/** Disk and socket faults are technical; our own failures pass. */
function asFailure(error: unknown, location: ObjectVersionLocation, filePath?: string): Error {
  if (error instanceof PermanentFailure || error instanceof TransientFailure) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new TransientFailure(
    'StoreUnavailable',
    `Reading an object failed: ${reason}`,
    { uri: formatS3Uri(location), file: filePath },
    { cause: error },
  );
}
