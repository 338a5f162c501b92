import { Readable, Transform } from 'node:stream';
import { guardedBody } from './guarded-body';

/** The same bytes, with one bit of the byte in the middle turned over. */
export function flippedBody(body: Readable, totalBytes: number): Readable {
  const target = Math.floor(totalBytes / 2);
  return through(body, (chunk, start) => {
    if (target < start || target >= start + chunk.length) return chunk;
    const copy = Buffer.from(chunk);
    copy[target - start] = (copy[target - start] ?? 0) ^ 1;
    return copy;
  });
}

/** Calls `onHalf` once, before the chunk that completes the first half is passed on. */
export function watchHalf(body: Readable, totalBytes: number, onHalf: () => void): Readable {
  let done = false;
  return through(body, (chunk, start) => {
    if (!done && start + chunk.length >= totalBytes / 2) {
      done = true;
      onHalf();
    }
    return chunk;
  });
}

/** The first half of the bytes, then `error`. */
export function cutBody(body: Readable, totalBytes: number, error: Error): Readable {
  return guardedBody(Readable.from(firstBytes(body, Math.floor(totalBytes / 2), error)), () => error);
}

/** The same bytes, at this many a second. */
export function pacedBody(
  body: Readable,
  bytesPerSecond: number,
  wait: (ms: number) => Promise<unknown>,
): Readable {
  return guardedBody(Readable.from(pacedChunks(body, bytesPerSecond, wait)), (error) =>
    error instanceof Error ? error : new Error(String(error)),
  );
}

const PACE_MS = 100;

async function* pacedChunks(
  body: Readable,
  bytesPerSecond: number,
  wait: (ms: number) => Promise<unknown>,
): AsyncIterable<Uint8Array> {
  const step = Math.ceil((bytesPerSecond * PACE_MS) / 1000);
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    for (let from = 0; from < chunk.length; from += step) {
      await wait((1000 * Math.min(step, chunk.length - from)) / bytesPerSecond);
      yield chunk.subarray(from, from + step);
    }
  }
}

async function* firstBytes(body: Readable, bytes: number, error: Error): AsyncIterable<Uint8Array> {
  let missing = bytes;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    if (missing > 0) yield chunk.subarray(0, missing);
    missing -= chunk.length;
    if (missing <= 0) break;
  }
  throw error;
}

function through(body: Readable, change: (chunk: Uint8Array, start: number) => Uint8Array): Readable {
  let position = 0;
  const transform = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      const changed = change(chunk, position);
      position += chunk.length;
      done(null, changed);
    },
  });
  transform.once('close', () => body.destroy());
  body.on('error', (error) => transform.destroy(error));
  return guardedBody(body.pipe(transform), (error) =>
    error instanceof Error ? error : new Error(String(error)),
  );
}
