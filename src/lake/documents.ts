import { canonicalJson } from '../domain/canonical-json';
import type { ArtifactRef } from '../domain/artifact';
import { formatS3Uri, type ObjectLocation } from '../domain/s3-uri';
import { ifFound, PermanentFailure } from '../ports/failures';
import type { ObjectHead, ObjectStore, PutBody } from '../ports/object-store';
import { sha256Hex } from './digest';
import { readBytes } from './streams';

/** Documents are manifests and records, never data; 64 MiB is far beyond the largest backup manifest. */
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;

export interface StoredDocument<T> {
  readonly value: T;
  readonly ref: ArtifactRef;
  readonly etag: string;
}

/** Reads a JSON document. @throws PermanentFailure NotFound, IntegrityError (not JSON). */
export async function readDocument<T>(
  store: ObjectStore,
  location: ObjectLocation,
): Promise<StoredDocument<T>> {
  const { bytes, head } = await readBytes(store, location, MAX_DOCUMENT_BYTES);
  return {
    value: parseDocument(bytes, location) as T,
    ref: { uri: formatS3Uri(location), sha256: sha256Hex(bytes), bytes: bytes.byteLength },
    etag: head.etag,
  };
}

/** Like {@link readDocument}, but undefined when there is none. */
export async function findDocument<T>(
  store: ObjectStore,
  location: ObjectLocation,
): Promise<StoredDocument<T> | undefined> {
  return ifFound(readDocument<T>(store, location));
}

/** Writes a document once. When one stands there already, that one is returned. */
export async function createDocument<T>(
  store: ObjectStore,
  location: ObjectLocation,
  value: T,
): Promise<StoredDocument<T> & { readonly created: boolean }> {
  const body = documentBody(value);
  const result = await store.createIfAbsent(location, body);
  if (!result.created) return { ...(await readDocument<T>(store, location)), created: false };
  return { value, ref: refOf(location, body), etag: result.head.etag, created: true };
}

/**
 * Moves a pointer document: creates it when `expectedEtag` is undefined, else replaces exactly that version.
 * Returns undefined when somebody else moved it first.
 */
export async function swapDocument(
  store: ObjectStore,
  location: ObjectLocation,
  value: unknown,
  expectedEtag: string | undefined,
): Promise<ObjectHead | undefined> {
  const body = documentBody(value);
  if (expectedEtag !== undefined) return store.replaceIfMatch(location, body, expectedEtag);
  const result = await store.createIfAbsent(location, body);
  return result.created ? result.head : undefined;
}

function documentBody(value: unknown): PutBody & { readonly kind: 'bytes' } {
  return { kind: 'bytes', bytes: Buffer.from(canonicalJson(value)) };
}

function refOf(location: ObjectLocation, body: { readonly bytes: Uint8Array }): ArtifactRef {
  return { uri: formatS3Uri(location), sha256: sha256Hex(body.bytes), bytes: body.bytes.byteLength };
}

function parseDocument(bytes: Uint8Array, location: ObjectLocation): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch (error) {
    throw new PermanentFailure(
      'IntegrityError',
      'Document is not JSON',
      { uri: formatS3Uri(location) },
      { cause: error },
    );
  }
}
