import { Transform, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { SourceCompression } from '../../domain/plan';
import { createZstdUnpacker, ZstdProblem } from '../../lake/zstd/unpack-zstd';
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
  const unpacker = createZstdUnpacker((content) => stream.push(content));
  const attempt = (step: () => void, done: TransformCallback): void => {
    try {
      step();
      done();
    } catch (error) {
      done(zstdProblem(error));
    }
  };
  const stream = new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => {
      attempt(() => {
        unpacker.push(chunk);
      }, done);
    },
    flush: (done) => {
      attempt(unpacker.end, done);
    },
  });
  return stream;
}

function zstdProblem(error: unknown): Error {
  if (!(error instanceof ZstdProblem)) return error instanceof Error ? error : new Error(String(error));
  return error.truncated ? truncated('zstd') : damaged('zstd', error.message);
}

function truncated(format: string): UnreadableContent {
  return new UnreadableContent(`the ${format} data ends too early: was the upload cut off?`);
}

function damaged(format: string, problem: string): UnreadableContent {
  return new UnreadableContent(`the ${format} data is damaged: ${problem}`);
}
