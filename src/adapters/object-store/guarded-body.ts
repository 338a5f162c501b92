import { PassThrough, type Readable } from 'node:stream';
import { TransientFailure } from '../../ports/failures';

/**
 * Passes an object's bytes on, with errors mapped by `mapError`.
 *
 * An 'error' event that nobody listens to ends the process, and a body may fail between `open` and its first
 * reader: so this one has a listener from birth. Destroying the result destroys the source and frees its socket.
 */
export function guardedBody(source: Readable, mapError: (error: unknown) => Error): Readable {
  const body = new PassThrough();
  body.on('error', () => undefined);
  body.once('close', () => source.destroy());
  source.on('error', (error) => body.destroy(mapError(error)));
  source.once('close', () => {
    if (source.readableEnded || body.destroyed) return;
    body.destroy(
      new TransientFailure('StoreUnavailable', 'Object body ended early: the connection was closed'),
    );
  });
  return source.pipe(body);
}
