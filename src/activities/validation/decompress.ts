import { Transform, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import type { SourceCompression } from '../../domain/plan';
import { UnreadableContent } from './unreadable-content';

/** Unpacks a stream. What it ends with, {@link unpackingProblem} understands. */
export function createDecompressor(compression: Exclude<SourceCompression, 'none'>): NodeJS.ReadWriteStream {
  return compression === 'gzip' ? createGunzip() : createUnzstd();
}

/**
 * The content's fault in an error of a stream that unpacks; undefined for faults of disk and memory. Errors of zlib
 * come from native code, maybe of another realm: `instanceof Error` may not hold.
 */
export function unpackingProblem(error: unknown): UnreadableContent | undefined {
  if (error instanceof UnreadableContent) return error;
  const { code, message = '' } = error as { readonly code?: unknown; readonly message?: string };
  if (code === 'Z_BUF_ERROR') return truncated('gzip');
  return code === 'Z_DATA_ERROR' ? damaged('gzip', message) : undefined;
}

/** One call may return much: zstd unpacks block by block, 128 KiB each. */
function createUnzstd(): Transform {
  const decompressor = new Decompress((chunk) => {
    if (chunk.length > 0) stream.push(chunk);
  });
  const push = (chunk: Uint8Array, isLast: boolean, done: TransformCallback): void => {
    try {
      decompressor.push(chunk, isLast);
      done();
    } catch (error) {
      done(zstdProblem(error));
    }
  };
  const stream = new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => {
      push(chunk, false, done);
    },
    flush: (done) => {
      push(new Uint8Array(0), true, done);
    },
  });
  return stream;
}

const UNEXPECTED_END = 5;

function zstdProblem(error: unknown): Error {
  if (!(error instanceof Error) || !('code' in error)) return damaged('zstd', String(error));
  return error.code === UNEXPECTED_END ? truncated('zstd') : damaged('zstd', error.message);
}

function truncated(format: string): UnreadableContent {
  return new UnreadableContent(`the ${format} data ends too early: was the upload cut off?`);
}

function damaged(format: string, problem: string): UnreadableContent {
  return new UnreadableContent(`the ${format} data is damaged: ${problem}`);
}
