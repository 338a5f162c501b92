import { PermanentFailure } from '../../ports/failures';
import type { ObjectLocation } from '../../domain/s3-uri';

const MAX_KEY_BYTES = 1024;
/** A file name's limit: stores that keep objects as files refuse longer segments. */
const MAX_SEGMENT_BYTES = 255;
const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * Refuses keys that some stores would silently normalise (`a//b` becomes `a/b`) or reject late.
 *
 * @throws PermanentFailure('InvalidInput') that names what is wrong with the key.
 */
export function assertSafeKey({ bucket, key }: ObjectLocation): void {
  const problem = problemOf(key);
  if (problem === undefined) return;
  throw new PermanentFailure('InvalidInput', `Unsafe object key: it ${problem}; rename the object`, {
    bucket,
    key: JSON.stringify(key.slice(0, 200)),
  });
}

/** As {@link assertSafeKey}; besides, a key that ends with `/` is a folder marker and cannot hold content. */
export function assertWritableKey(location: ObjectLocation): void {
  assertSafeKey(location);
  if (!location.key.endsWith('/')) return;
  throw new PermanentFailure('InvalidInput', 'Unsafe object key: it ends with "/"; rename the object', {
    bucket: location.bucket,
    key: location.key,
  });
}

function problemOf(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (Buffer.from(key).toString() !== key) return 'is not valid Unicode';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `has more than ${MAX_KEY_BYTES} bytes`;
  if (CONTROL_CHARACTER.test(key)) return 'contains a control character';
  if (key.startsWith('/')) return 'starts with "/"';
  if (key.includes('//')) return 'contains "//"';
  return problemOfSegments(key.split('/'));
}

function problemOfSegments(segments: readonly string[]): string | undefined {
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'has a "." or ".." segment';
  if (segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) {
    return `has a segment of more than ${MAX_SEGMENT_BYTES} bytes`;
  }
  return undefined;
}
