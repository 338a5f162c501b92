import { PermanentFailure } from '../../ports/failures';
import type { Action } from './actions';

/** A commit file: one action per line. */
export function encodeCommit(actions: readonly Action[]): Uint8Array {
  return Buffer.from(actions.map((action) => `${JSON.stringify(action)}\n`).join(''));
}

/** @throws PermanentFailure('IntegrityError') that names the line that is no JSON object. */
export function decodeCommit(bytes: Uint8Array, key: string): readonly Action[] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [decodeLine(line, index + 1, key)]));
}

function decodeLine(line: string, number: number, key: string): Action {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Action;
  } catch (error) {
    throw badLine(number, key, error);
  }
  throw badLine(number, key);
}

function badLine(line: number, key: string, cause?: unknown): PermanentFailure {
  const message = 'Delta log line is not a JSON object: restore the table from a backup';
  return new PermanentFailure('IntegrityError', message, { key, line }, { cause });
}
