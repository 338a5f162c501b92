import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json';

/** Hex SHA-256; a string is hashed as UTF-8. */
export function sha256Hex(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * Hex SHA-256 of a value's canonical JSON: equal values have equal digests.
 *
 * @throws RangeError for numbers that JSON cannot hold.
 */
export function digestOf(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}
